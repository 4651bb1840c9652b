//! No tenant sees or changes another's books, by any way there is.
//!
//! `globex` has rows with marks that are nowhere else: ids, amounts, words ([`stage::MARKS`]).
//! Everything that prints or answers is asked as `acme`, also with the names and cursors of
//! globex; no answer may hold a mark that was not in the question, and afterwards the books of
//! globex are what they were.
//!
//! What there is to ask is counted by the program itself: a new subcommand, table, command or
//! query that has no line here fails the test. To add a way: a line in its table.

mod cli;
mod http;
mod nats;
mod stage;
