//! The encrypted key file: Web3 Secret Storage, version 3, with scrypt and AES-128-CTR.
//!
//! ```text
//! derived    = scrypt(password, salt, n, r, p), 32 bytes
//! ciphertext = AES-128-CTR(derived[..16], iv, secret)        mac = keccak256(derived[16..] ‖ ciphertext)
//! ```
//! New files take n = 2^18, r = 8, p = 1: a quarter of a gibibyte and about a second for each guess. Files are made with mode 0600,
//! never written over, synced with their folder; a file that others may read is refused.
//!
//! Deviations: of the standard's key derivations PBKDF2 is refused, because a guess costs no memory. Parameters that take more than
//! a gibibyte are refused before any memory is taken.
//!
//! Specification: Web3 Secret Storage Definition, version 3.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use aes::Aes128;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use serde::{Deserialize, Serialize};
use wire::types::{Address, keccak256};
use zeroize::Zeroizing;

use crate::{
    Signer as _,
    local::{LocalSigner, NotAKey},
    secret::Secret,
};

/// log2 of scrypt's n in new files.
const LOG_N: u8 = 18;
/// Most memory that a file may ask for.
const MAX_MEMORY: u64 = 1 << 30;
/// Longest file.
const MAX_FILE: u64 = 16 << 10;

/// Why a key file is not taken or not made.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
pub enum KeystoreError {
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Others may read the file.
    #[error("{path} has mode {mode:o}: others may read it")]
    Exposed {
        /// Which.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is longer than a key file is.
    #[error("the file is longer than {MAX_FILE} bytes")]
    TooLong,
    /// The file is no key file.
    #[error("not a key file: {0}")]
    Malformed(serde_json::Error),
    /// The file's version is not 3.
    #[error("version {got} is not 3")]
    UnknownVersion {
        /// The version.
        got: u32,
    },
    /// The cipher is not AES-128-CTR.
    #[error("cipher {got} is not aes-128-ctr")]
    UnknownCipher {
        /// The cipher.
        got: String,
    },
    /// The key derivation is not scrypt.
    #[error("key derivation {got} is not scrypt")]
    UnknownDerivation {
        /// The derivation.
        got: String,
    },
    /// scrypt has no such parameters, or they take too much memory.
    #[error("scrypt parameters n {n}, r {r}, p {p} are not allowed")]
    BadParameters {
        /// Rows.
        n: u64,
        /// Block size.
        r: u32,
        /// Parallelism.
        p: u32,
    },
    /// A field is no hex string of its length.
    #[error("{field} is not hex of {length} bytes")]
    BadHex {
        /// The field.
        field: &'static str,
        /// Its length.
        length: usize,
    },
    /// The mac differs: the password is wrong, or the file is damaged.
    #[error("wrong password, or the file is damaged")]
    WrongPassword,
    /// The secret is no key.
    #[error(transparent)]
    NotAKey(#[from] NotAKey),
    /// The file names another address than its key has.
    #[error("the file is for {declared}, its key is {actual}")]
    WrongAddress {
        /// What the file says.
        declared: Address,
        /// What its key has.
        actual: Address,
    },
    /// The system gives no random bytes.
    #[error("no random bytes: {0}")]
    Entropy(getrandom::Error),
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    version: u32,
    #[serde(default)]
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
}

#[derive(Serialize, Deserialize)]
struct Crypto {
    cipher: String,
    ciphertext: String,
    cipherparams: CipherParameters,
    kdf: String,
    kdfparams: serde_json::Value,
    mac: String,
}

#[derive(Serialize, Deserialize)]
struct CipherParameters {
    iv: String,
}

#[derive(Serialize, Deserialize)]
struct Scrypt {
    dklen: u32,
    n: u64,
    p: u32,
    r: u32,
    salt: String,
}

fn random<const N: usize>() -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(KeystoreError::Entropy)?;
    Ok(bytes)
}

/// A new key from the system's randomness.
///
/// # Errors
/// [`KeystoreError::Entropy`].
pub fn generate() -> Result<LocalSigner, KeystoreError> {
    loop {
        let mut bytes = random()?;
        if let Ok(signer) = LocalSigner::new(Secret::take(&mut bytes)) {
            return Ok(signer);
        }
    }
}

/// The text of a key file.
///
/// # Errors
/// [`KeystoreError::Entropy`].
pub fn encrypt(signer: &LocalSigner, password: &[u8]) -> Result<String, KeystoreError> {
    encrypt_with(signer, password, LOG_N)
}

fn encrypt_with(signer: &LocalSigner, password: &[u8], log_n: u8) -> Result<String, KeystoreError> {
    let (salt, iv, id) = (random::<32>()?, random::<16>()?, random::<16>()?);
    let parameters = Scrypt {
        dklen: 32,
        n: 1 << log_n,
        p: 1,
        r: 8,
        salt: hex::encode(salt),
    };
    let derived = derive(&parameters, password)?;
    let mut text = *signer.secret().expose();
    apply_cipher(&derived, &iv, &mut text);
    let file = KeyFile {
        version: 3,
        id: uuid::Builder::from_random_bytes(id).into_uuid().to_string(),
        address: Some(hex::encode(signer.address().0)),
        crypto: Crypto {
            cipher: "aes-128-ctr".into(),
            ciphertext: hex::encode(text),
            cipherparams: CipherParameters { iv: hex::encode(iv) },
            kdf: "scrypt".into(),
            kdfparams: serde_json::to_value(parameters).map_err(KeystoreError::Malformed)?,
            mac: hex::encode(mac(&derived, &text)),
        },
    };
    serde_json::to_string_pretty(&file).map_err(KeystoreError::Malformed)
}

/// The signer of a key file's text.
///
/// # Errors
/// [`KeystoreError`].
pub fn decrypt(text: &str, password: &[u8]) -> Result<LocalSigner, KeystoreError> {
    let file: KeyFile = serde_json::from_str(text).map_err(KeystoreError::Malformed)?;
    if file.version != 3 {
        return Err(KeystoreError::UnknownVersion { got: file.version });
    }
    let signer = LocalSigner::new(open_secret(&file.crypto, password)?)?;
    match file.address {
        Some(address) => check_address(&address, signer),
        None => Ok(signer),
    }
}

fn open_secret(crypto: &Crypto, password: &[u8]) -> Result<Secret, KeystoreError> {
    if crypto.cipher != "aes-128-ctr" {
        return Err(KeystoreError::UnknownCipher {
            got: crypto.cipher.clone(),
        });
    }
    if crypto.kdf != "scrypt" {
        return Err(KeystoreError::UnknownDerivation {
            got: crypto.kdf.clone(),
        });
    }
    let parameters = Scrypt::deserialize(&crypto.kdfparams).map_err(KeystoreError::Malformed)?;
    let mut text = Zeroizing::new(bytes_of::<32>("ciphertext", &crypto.ciphertext)?);
    let iv = bytes_of("iv", &crypto.cipherparams.iv)?;
    let expected = bytes_of::<32>("mac", &crypto.mac)?;
    let derived = derive(&parameters, password)?;
    if mac(&derived, &text) != expected {
        return Err(KeystoreError::WrongPassword);
    }
    apply_cipher(&derived, &iv, &mut text);
    Ok(Secret::take(&mut text))
}

fn check_address(text: &str, signer: LocalSigner) -> Result<LocalSigner, KeystoreError> {
    let (declared, actual) = (Address(bytes_of("address", text)?), signer.address());
    match declared == actual {
        true => Ok(signer),
        false => Err(KeystoreError::WrongAddress { declared, actual }),
    }
}

fn bytes_of<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], KeystoreError> {
    let mut bytes = [0; N];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| KeystoreError::BadHex { field, length: N })?;
    Ok(bytes)
}

fn derive(parameters: &Scrypt, password: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeystoreError> {
    let Scrypt { n, r, p, .. } = *parameters;
    let refused = KeystoreError::BadParameters { n, r, p };
    let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
    if !n.is_power_of_two() || memory > MAX_MEMORY || p > 16 || parameters.dklen != 32 {
        return Err(refused);
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_| KeystoreError::BadParameters { n, r, p })?;
    let allowed = scrypt::Params::new(log_n, r, p).map_err(|_| refused)?;
    let salt = hex::decode(&parameters.salt).map_err(|_| KeystoreError::BadHex {
        field: "salt",
        length: 32,
    })?;
    let mut derived = Zeroizing::new([0; 32]);
    scrypt::scrypt(password, &salt, &allowed, derived.as_mut_slice()).expect("32 bytes are a length");
    Ok(derived)
}

fn apply_cipher(derived: &[u8; 32], iv: &[u8; 16], text: &mut [u8; 32]) {
    let key: &[u8; 16] = derived.first_chunk().expect("16 of 32 bytes");
    Ctr128BE::<Aes128>::new(key.into(), iv.into()).apply_keystream(text);
}

fn mac(derived: &[u8; 32], ciphertext: &[u8; 32]) -> [u8; 32] {
    keccak256(&[&derived[16..], ciphertext]).0
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> KeystoreError {
    let path = path.display().to_string();
    move |error| KeystoreError::File {
        path: path.clone(),
        error,
    }
}

/// Writes a new key file, which must not exist, with mode 0600.
///
/// # Errors
/// [`KeystoreError`].
pub fn create(path: &Path, signer: &LocalSigner, password: &[u8]) -> Result<(), KeystoreError> {
    let text = encrypt(signer, password)?;
    write_new(path, &text).map_err(file_error(path))
}

fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Reads a key file that nobody else may read.
///
/// # Errors
/// [`KeystoreError`].
pub fn open(path: &Path, password: &[u8]) -> Result<LocalSigner, KeystoreError> {
    let file = File::open(path).map_err(file_error(path))?;
    let mode = file.metadata().map_err(file_error(path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeystoreError::Exposed {
            path: path.display().to_string(),
            mode,
        });
    }
    let mut text = String::new();
    let length = file
        .take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(file_error(path))?;
    match u64::try_from(length) {
        Ok(length) if length <= MAX_FILE => decrypt(&text, password),
        _ => Err(KeystoreError::TooLong),
    }
}

#[cfg(test)]
mod tests;
