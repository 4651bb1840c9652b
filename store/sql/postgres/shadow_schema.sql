SELECT current_schema() AS live
