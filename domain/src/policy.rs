//! What an event of one aggregate asks of the others.
