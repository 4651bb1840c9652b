//! The key that heads are signed with: Ed25519, in the files that `openssl` makes and reads.

use std::fmt;

use ed25519_dalek::{
    Signer, SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey,
        spki::der::pem::LineEnding,
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::hash::Hash;

/// A key that signs. It is never shown.
#[derive(Clone)]
pub struct Key(SigningKey);

/// The other half, which anybody may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// What is not a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No private key.
    #[error("it holds no Ed25519 private key in PKCS#8 PEM, as `openssl genpkey` makes it")]
    Private(#[source] ed25519_dalek::pkcs8::Error),
    /// No public key.
    #[error("it holds no Ed25519 public key in PEM, as `openssl pkey -pubout` makes it")]
    Public(#[source] ed25519_dalek::pkcs8::spki::Error),
    /// It cannot be written down.
    #[error("the key cannot be written as PEM")]
    Encode,
}

impl Key {
    /// The key of 32 bytes, which nobody else may know.
    #[must_use]
    pub fn of_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Reads `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    /// When it is something else. The text is in no error.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(text.trim())
            .map(Self)
            .map_err(KeyError::Private)
    }

    /// Writes the same.
    ///
    /// # Errors
    /// Never, for a key that was read or made.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        // Without the public half: OpenSSL before 3.5 does not read the newer form.
        let bare = ed25519_dalek::pkcs8::KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        bare.to_pkcs8_pem(LineEnding::LF)
            .map(|pem| pem.as_str().to_owned())
            .map_err(|_| KeyError::Encode)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public().id())
    }
}

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        VerifyingKey::from_public_key_pem(text.trim())
            .map(Self)
            .map_err(KeyError::Public)
    }

    /// Writes the same.
    ///
    /// # Errors
    /// Never, for a key that was read or made.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Encode)
    }

    /// A name for people: the first 16 digits of the SHA-256 of its 32 bytes.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = Hash::of(self.0.as_bytes()).to_string();
        id.truncate(16);
        id
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            // Strict: no second signature can be made of the first one.
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.as_bytes()))
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text)
            .ok()
            .and_then(|bytes| VerifyingKey::try_from(bytes.as_slice()).ok())
            .map(Self)
            .ok_or_else(|| D::Error::custom("a public key is 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3 and 10.1, made and read by `openssl`.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn the_key_of_the_standard_is_read_and_written_as_it_is_there() {
        let key = Key::from_pem(PRIVATE).unwrap();
        assert_eq!(key.public(), PublicKey::from_pem(PUBLIC).unwrap());
        assert_eq!(key.to_pem().unwrap(), PRIVATE);
        assert_eq!(key.public().to_pem().unwrap(), PUBLIC);
    }

    #[test]
    fn the_signature_of_the_standard_is_made() {
        // RFC 8032, section 7.1, test 2.
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let key = Key::of_seed(Hash::read(&hex::decode(seed).unwrap()).unwrap().0);
        let signature = key.sign(&[0x72]);
        assert_eq!(
            hex::encode(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(key.public().has_signed(&[0x72], &signature));
        assert!(!key.public().has_signed(&[0x73], &signature));
        assert!(!key.public().has_signed(&[0x72], &signature[1..]));
    }

    #[test]
    fn a_private_key_is_not_in_what_is_printed() {
        let key = Key::of_seed([7; 32]);
        assert_eq!(format!("{key:?}"), format!("Key({})", key.public().id()));
    }
}
