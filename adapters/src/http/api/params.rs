//! What stands behind the `?`: each parameter once, none that is not known.

use std::str::FromStr;

use domain::{Code, Refusal};
use serde_json::{Map, Value as Json, json};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use super::Question;

/// Reads the fields of a question.
pub(super) fn fields(
    question: Question,
    query: Option<&str>,
) -> Result<Map<String, Json>, Refusal> {
    let known: Vec<_> = question.parameters().collect();
    fields_of(&known, query)
}

/// Reads fields of which these are known: `limit` is a number, all others are texts.
pub(super) fn fields_of(known: &[&str], query: Option<&str>) -> Result<Map<String, Json>, Refusal> {
    let fields = each(known, query, |name, value| match name {
        "limit" => number::<u32>(value)
            .map(|number| json!(number))
            .ok_or_else(|| invalid(format!("{name}: not a number"))),
        _ => Ok(json!(value)),
    })?;
    Ok(fields.into_iter().collect())
}

/// Takes parameters, in order, as `read` understands their names and values.
pub(super) fn each<T>(
    known: &[&str],
    query: Option<&str>,
    mut read: impl FnMut(&str, &str) -> Result<T, Refusal>,
) -> Result<Vec<(String, T)>, Refusal> {
    let mut taken: Vec<(String, T)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if !known.contains(&&*name) {
            return Err(unknown(&name, known));
        }
        let value = read(&name, &value)?;
        if taken.iter().any(|(earlier, _)| *earlier == name) {
            return Err(invalid(format!("the parameter {name} is there twice")));
        }
        taken.push((name.into_owned(), value));
    }
    Ok(taken)
}

/// That something cannot be understood.
pub(super) fn invalid(detail: String) -> Refusal {
    Refusal::new(Code::InvalidCommand, detail)
}

/// That a parameter is none of those there are.
pub(super) fn unknown(name: &str, known: &[&str]) -> Refusal {
    let shown: String = name.chars().take(40).collect();
    let detail = match known {
        [] => format!("unknown parameter {shown:?}: this takes none"),
        known => format!(
            "unknown parameter {shown:?}; there are: {}",
            known.join(", ")
        ),
    };
    Refusal::new(Code::InvalidCommand, detail)
}

/// Digits and nothing else.
pub(super) fn number<N: FromStr>(text: &str) -> Option<N> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// A moment in UTC that databases can say.
pub(super) fn moment(name: &str, text: &str) -> Result<OffsetDateTime, Refusal> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
    let utc = moment.and_then(|moment| moment.checked_to_offset(UtcOffset::UTC));
    let utc = utc.filter(|moment| (0..=9999).contains(&moment.year()));
    utc.ok_or_else(|| {
        invalid(format!(
            "{name}: a time in RFC 3339, such as 2026-11-25T10:00:00Z"
        ))
    })
}

#[cfg(test)]
mod tests {
    use projections::query::Table;
    use time::macros::datetime;

    use super::*;

    fn read(question: Question, query: &str) -> Result<Json, String> {
        let read = fields(question, Some(query)).map(Json::Object);
        read.map_err(|refusal| refusal.detail)
    }

    #[test]
    fn each_parameter_is_taken_once_and_none_that_is_not_known() {
        let payouts = Question::Rows(Table::Payouts);
        let read_all = read(payouts, "seller=s%C3%A9&status=paid&limit=7&as_of=4");
        let all = json!({ "seller": "sé", "status": "paid", "limit": 7, "as_of": "4" });
        assert_eq!(read_all, Ok(all));
        for (query, told) in [
            (
                "colour=red",
                "unknown parameter \"colour\"; there are: seller, status",
            ),
            ("tenant=acme", "unknown parameter \"tenant\""),
            ("Seller=s1", "unknown parameter \"Seller\""),
            ("=1", "unknown parameter \"\""),
            ("seller=s1&seller=s1", "the parameter seller is there twice"),
            ("limit=1&limit=2", "the parameter limit is there twice"),
            ("limit=", "limit: not a number"),
            ("limit=-1", "limit: not a number"),
            ("limit=%2B1", "limit: not a number"),
            ("limit=1.0", "limit: not a number"),
            ("limit=99999999999", "limit: not a number"),
        ] {
            let detail = read(payouts, query).expect_err(query);
            assert!(detail.starts_with(told), "{query}: {detail}");
        }
    }

    #[test]
    fn a_moment_is_of_rfc_3339_and_one_that_databases_can_say_in_utc() {
        let read = |text| moment("since", text).map_err(|refusal| refusal.detail);
        let ten = datetime!(2026-11-25 10:00 UTC);
        assert_eq!(read("2026-11-25T10:00:00Z"), Ok(ten));
        assert_eq!(read("2026-11-25T11:00:00+01:00"), Ok(ten));
        for wrong in ["", "yesterday", "2026-11-25", "9999-12-31T23:59:59-01:00"] {
            let told = read(wrong).expect_err(wrong);
            assert!(told.starts_with("since: a time in RFC 3339"), "{told}");
        }
    }

    #[test]
    fn a_question_takes_its_own_parameters_alone() {
        let refused = read(Question::Explain, "limit=1").expect_err("none are known");
        assert_eq!(refused, "unknown parameter \"limit\": this takes none");
        for (question, query) in [
            (Question::History, "payout=7"),
            (Question::Statement, "seller=s1"),
            (Question::Rows(Table::Balances), "status=paid"),
            (Question::Rows(Table::Events), "as_of=1"),
        ] {
            assert!(read(question, query).is_err(), "{query}");
        }
        assert!(read(Question::History, "limit=1&cursor=x").is_ok());
    }
}
