//! Parameters of a call, taken one by one; what is left over is unknown.

use std::collections::BTreeMap;

use domain::money::Currency;

use super::error::ApiError;

/// The most metadata there may be. Source: <https://docs.stripe.com/api/metadata>.
const METADATA: (usize, usize, usize) = (50, 40, 500);

/// What the caller wrote about an object, as it is kept.
pub(super) type Metadata = BTreeMap<String, String>;

/// The parameters that nobody has taken yet.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

/// `created[gte]` and its like; seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    gt: Option<i64>,
    gte: Option<i64>,
    lt: Option<i64>,
    lte: Option<i64>,
    exactly: Option<i64>,
}

impl Range {
    pub(super) fn holds(&self, second: i64) -> bool {
        self.gt.is_none_or(|bound| second > bound)
            && self.gte.is_none_or(|bound| second >= bound)
            && self.lt.is_none_or(|bound| second < bound)
            && self.lte.is_none_or(|bound| second <= bound)
            && self.exactly.is_none_or(|exactly| second == exactly)
    }
}

impl Form {
    /// `expand` is understood and does nothing.
    pub(super) fn new(parameters: &[(String, String)]) -> Self {
        let asked = |name: &str| name != "expand" && !name.starts_with("expand[");
        Self(
            parameters
                .iter()
                .filter(|(name, _)| asked(name))
                .cloned()
                .collect(),
        )
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// A text that may be left out, but not be empty.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        match self.take(name) {
            Some(text) if text.is_empty() => Err(ApiError::parameter(
                "parameter_invalid_empty",
                name,
                format!("'{name}' was empty; leave it out instead."),
            )),
            text => Ok(text),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&mut self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A text of at most so many characters.
    pub(super) fn short(&mut self, name: &str, most: usize) -> Result<Option<String>, ApiError> {
        let text = self.text(name)?;
        match &text {
            Some(long) if long.chars().count() > most => Err(ApiError::parameter(
                "parameter_invalid_string",
                name,
                format!("'{name}' may have at most {most} characters."),
            )),
            _ => Ok(text),
        }
    }

    /// One of some words.
    pub(super) fn word(
        &mut self,
        name: &str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let known = words.iter().find(|word| **word == text);
        known.copied().map(Some).ok_or_else(|| {
            let message = format!("Invalid {name}: must be one of {}", words.join(", "));
            let mut error = ApiError::request(400, None, message);
            error.param = Some(name.to_owned());
            error
        })
    }

    /// A whole number.
    pub(super) fn whole(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        let text = self.text(name)?;
        text.map(|text| whole(name, &text)).transpose()
    }

    /// An amount of which something is moved: more than 0.
    pub(super) fn amount(&mut self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.whole(name)? {
            Some(amount) if amount < 1 => Err(ApiError::parameter(
                "parameter_invalid_integer",
                name,
                "This value must be greater than or equal to 1.",
            )),
            Some(amount) if amount > super::LARGEST_AMOUNT => Err(ApiError::parameter(
                "amount_too_large",
                name,
                "The amount must have no more than 12 digits.",
            )),
            amount => Ok(amount),
        }
    }

    /// An amount that must be there.
    pub(super) fn required_amount(&mut self) -> Result<i64, ApiError> {
        self.amount("amount")?.ok_or_else(|| missing("amount"))
    }

    /// The currency, in any case.
    pub(super) fn currency(&mut self) -> Result<Currency, ApiError> {
        let code = self.required("currency")?;
        Currency::parse(&code.to_ascii_lowercase()).map_err(|error| ApiError {
            param: Some("currency".to_owned()),
            ..ApiError::request(400, None, format!("Invalid currency: {error}"))
        })
    }

    /// `metadata[key]`. An empty value takes the key away, where there was one.
    pub(super) fn metadata(&mut self, mut old: Metadata) -> Result<Metadata, ApiError> {
        let (most, longest_key, longest_value) = METADATA;
        for (name, value) in self.split("metadata[") {
            let key = name["metadata[".len()..].trim_end_matches(']');
            if key.is_empty() || key.contains('[') {
                return Err(unknown(&name));
            }
            if key.chars().count() > longest_key || value.chars().count() > longest_value {
                return Err(ApiError::parameter(
                    "parameter_invalid_string",
                    name,
                    format!("Keys have at most {longest_key} characters, values {longest_value}."),
                ));
            }
            if value.is_empty() {
                old.remove(key);
            } else {
                old.insert(key.to_owned(), value);
            }
        }
        if self.take("metadata").is_some_and(|all| all.is_empty()) {
            old.clear();
        }
        if old.len() > most {
            let message = format!("There may be at most {most} keys.");
            return Err(ApiError::parameter(
                "parameter_invalid_string",
                "metadata",
                message,
            ));
        }
        Ok(old)
    }

    /// `name[gt]`, `name[gte]`, `name[lt]`, `name[lte]`, or `name` alone.
    pub(super) fn range(&mut self, name: &str) -> Result<Range, ApiError> {
        let mut bound = |end: &str| self.whole(&format!("{name}{end}"));
        Ok(Range {
            gt: bound("[gt]")?,
            gte: bound("[gte]")?,
            lt: bound("[lt]")?,
            lte: bound("[lte]")?,
            exactly: bound("")?,
        })
    }

    /// `name[]` and `name[0]`, all of them.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let found = self.split(&format!("{name}["));
        found.into_iter().map(|(_, value)| value).collect()
    }

    fn split(&mut self, beginning: &str) -> Vec<(String, String)> {
        let all = std::mem::take(&mut self.0);
        let (found, rest) = all
            .into_iter()
            .partition(|(name, _)| name.starts_with(beginning) && name.ends_with(']'));
        self.0 = rest;
        found
    }

    /// Refuses what nobody asked for.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        self.0
            .first()
            .map_or(Ok(()), |(name, _)| Err(unknown(name)))
    }
}

fn whole(name: &str, text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(30).collect();
        let message = format!("Invalid integer: {shown}");
        ApiError::parameter("parameter_invalid_integer", name, message)
    })
}

fn missing(name: &str) -> ApiError {
    ApiError::parameter(
        "parameter_missing",
        name,
        format!("Missing required param: {name}."),
    )
}

fn unknown(name: &str) -> ApiError {
    let shown: String = name.chars().take(60).collect();
    let message = format!("Received unknown parameter: {shown}");
    ApiError::parameter("parameter_unknown", shown, message)
}
