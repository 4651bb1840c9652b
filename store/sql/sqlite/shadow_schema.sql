SELECT 'main' AS live
