//! Against another implementation, and every refusal.

use std::{collections::BTreeSet, fs};

use strum::VariantNames as _;

use super::*;

/// Cheap to derive from.
const LIGHT: u8 = 4;

fn signer() -> LocalSigner {
    LocalSigner::new(Secret::take(&mut [0x5a; 32])).unwrap()
}

fn file_with(field: &str, value: serde_json::Value) -> String {
    let text = encrypt_with(&signer(), b"password", LIGHT).unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    *file.pointer_mut(field).unwrap() = value;
    file.to_string()
}

#[test]
fn what_is_encrypted_is_decrypted_with_the_same_password_only() {
    let text = encrypt_with(&signer(), b"password", LIGHT).unwrap();
    assert_eq!(decrypt(&text, b"password").unwrap().address(), signer().address());
    assert!(matches!(
        decrypt(&text, b"passwort"),
        Err(KeystoreError::WrongPassword)
    ));
    assert!(!text.contains(&hex::encode([0x5a; 32])));
}

#[test]
fn two_files_of_one_key_share_nothing_secret() {
    let [one, two] = [(); 2].map(|()| encrypt_with(&signer(), b"password", LIGHT).unwrap());
    let crypto = |text: &str| serde_json::from_str::<KeyFile>(text).unwrap().crypto;
    assert_ne!(crypto(&one).ciphertext, crypto(&two).ciphertext);
    assert_ne!(crypto(&one).mac, crypto(&two).mac);
}

#[test]
fn another_implementation_reads_our_files_and_we_read_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ours");
    write_new(&path, &encrypt_with(&signer(), b"password", LIGHT).unwrap()).unwrap();
    assert_eq!(eth_keystore::decrypt_key(&path, "password").unwrap(), [0x5a; 32]);
}

/// The standard's own example for scrypt (Web3 Secret Storage Definition, test vectors).
#[test]
fn reads_the_example_of_the_standard() {
    let text = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,
        "salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
        "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;
    let signer = decrypt(text, b"testpassword").unwrap();
    assert_eq!(
        hex::encode(signer.secret().expose()),
        "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
    );
}

#[test]
fn a_file_is_made_for_its_owner_alone_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let signer = generate().unwrap();
    create(&path, &signer, b"password").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(open(&path, b"password").unwrap().address(), signer.address());
    let again = create(&path, &signer, b"password");
    assert!(matches!(again, Err(KeystoreError::File { .. })));
}

#[test]
fn every_refusal_is_reached() {
    let json = |text: &str| serde_json::Value::from(text);
    let mut refused: BTreeSet<&str> = [
        ("/version", 1.into()),
        ("/version", json("three")),
        ("/address", json("0000000000000000000000000000000000000001")),
        ("/crypto/cipher", json("aes-256-gcm")),
        ("/crypto/kdf", json("pbkdf2")),
        ("/crypto/kdfparams/n", 17.into()),
        ("/crypto/mac", json("00")),
        ("/crypto/mac", json(&"00".repeat(32))),
    ]
    .into_iter()
    .map(|(field, value)| {
        decrypt(&file_with(field, value), b"password")
            .err()
            .unwrap()
            .into()
    })
    .collect();
    refused.extend(refused_secret());
    refused.extend(refused_files());
    // The system's randomness does not fail on request.
    refused.insert("Entropy");
    assert_eq!(refused, KeystoreError::VARIANTS.iter().copied().collect());
}

/// A file whose secret is zero, rightly encrypted.
fn refused_secret() -> Option<&'static str> {
    let text = encrypt_with(&signer(), b"password", LIGHT).unwrap();
    let mut file: KeyFile = serde_json::from_str(&text).unwrap();
    let parameters = Scrypt::deserialize(&file.crypto.kdfparams).unwrap();
    let derived = derive(&parameters, b"password").unwrap();
    let mut zero = [0; 32];
    apply_cipher(
        &derived,
        &bytes_of("iv", &file.crypto.cipherparams.iv).unwrap(),
        &mut zero,
    );
    file.crypto.ciphertext = hex::encode(zero);
    file.crypto.mac = hex::encode(mac(&derived, &zero));
    let text = serde_json::to_string(&file).unwrap();
    decrypt(&text, b"password").err().map(Into::into)
}

fn refused_files() -> Vec<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let [exposed, long] = ["exposed", "long"].map(|name| folder.path().join(name));
    write_new(&exposed, "{}").unwrap();
    fs::set_permissions(&exposed, fs::Permissions::from_mode(0o640)).unwrap();
    write_new(&long, &" ".repeat(20_000)).unwrap();
    let missing = folder.path().join("missing");
    [exposed, long, missing]
        .iter()
        .map(|path| open(path, b"password").err().unwrap().into())
        .collect()
}

#[test]
fn parameters_that_take_too_much_memory_are_refused_before_it_is_taken() {
    let text = file_with("/crypto/kdfparams/n", (1_u64 << 60).into());
    assert!(matches!(
        decrypt(&text, b"password"),
        Err(KeystoreError::BadParameters { .. })
    ));
}
