//! A PKCS#11 token for real: SoftHSM, with a key made for the test. `VIADUCT_PKCS11_MODULE` names the module and `VIADUCT_SOFTHSM_UTIL` the tool
//! where they are not in the places of the system's package. Without them the test says so and passes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use cryptoki::{
    context::Pkcs11,
    mechanism::Mechanism,
    object::Attribute,
    session::{Session, UserType},
    types::AuthPin,
};
use keys::{
    Signer as _,
    pkcs11::{HsmSigner, SECP256K1, TokenError, load},
};
use wire::eip712::Digest;

/// The DER object identifier of P-256.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn module() -> Option<PathBuf> {
    let named = env::var_os("VIADUCT_PKCS11_MODULE").map(PathBuf::from);
    let path = named.unwrap_or_else(|| "/usr/lib/softhsm/libsofthsm2.so".into());
    path.exists().then_some(path)
}

/// A token in a folder of its own.
fn make_token(folder: &Path) {
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.join("softhsm2.conf");
    fs::write(
        &configuration,
        format!("directories.tokendir = {}\n", tokens.display()),
    )
    .unwrap();
    // The module reads it once, when it is loaded; this file has one test, so nothing else reads the environment meanwhile.
    #[expect(
        unsafe_code,
        reason = "no other thread of this process reads the environment yet"
    )]
    unsafe {
        env::set_var("SOFTHSM2_CONF", &configuration);
    }
    let tool = env::var_os("VIADUCT_SOFTHSM_UTIL").unwrap_or_else(|| "softhsm2-util".into());
    let arguments = [
        "--init-token",
        "--free",
        "--label",
        "relayer",
        "--pin",
        "1234",
        "--so-pin",
        "5678",
    ];
    let mut command = Command::new(tool);
    if let Some(module) = env::var_os("VIADUCT_PKCS11_MODULE") {
        command.arg("--module").arg(module);
    }
    let output = command.args(arguments).output().expect("softhsm2-util runs");
    assert!(output.status.success(), "{output:?}");
}

fn make_key(session: &Session, label: &str, curve: &[u8], extractable: bool) {
    let label = Attribute::Label(label.as_bytes().to_vec());
    let public = [
        Attribute::Token(true),
        Attribute::EcParams(curve.to_vec()),
        Attribute::Verify(true),
        label.clone(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(extractable),
        Attribute::Sign(true),
        label,
    ];
    session
        .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
        .unwrap();
}

fn make_keys(module: &Pkcs11, pin: &AuthPin) {
    let slot = module.get_slots_with_initialized_token().unwrap()[0];
    let session = module.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(pin)).unwrap();
    make_key(&session, "attester", &SECP256K1, false);
    make_key(&session, "leaky", &SECP256K1, true);
    make_key(&session, "other curve", &P256, false);
    make_key(&session, "twice", &SECP256K1, false);
    make_key(&session, "twice", &SECP256K1, false);
}

#[test]
fn a_token_signs_with_low_s_and_weak_keys_are_refused() {
    let Some(module) = module() else {
        eprintln!("SKIPPED: no PKCS#11 module; install softhsm2 or set VIADUCT_PKCS11_MODULE");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    make_token(folder.path());
    let (module, pin) = (load(&module).unwrap(), AuthPin::new("1234".into()));
    make_keys(&module, &pin);
    let signer = HsmSigner::open(&module, "relayer", &pin, "attester").unwrap();
    for number in 0..100 {
        let digest = Digest([number; 32]);
        assert_eq!(signer.sign(digest).unwrap().recover(digest), Ok(signer.address()));
    }
    drop(signer);
    let refusal = |token, key| HsmSigner::open(&module, token, &pin, key).err().unwrap();
    assert!(matches!(
        refusal("nobody's", "attester"),
        TokenError::NoSuchToken { .. }
    ));
    assert!(matches!(
        refusal("relayer", "nobody's"),
        TokenError::KeyCount { count: 0, .. }
    ));
    assert!(matches!(
        refusal("relayer", "twice"),
        TokenError::KeyCount { count: 2, .. }
    ));
    assert!(matches!(
        refusal("relayer", "leaky"),
        TokenError::Extractable { .. }
    ));
    assert!(matches!(
        refusal("relayer", "other curve"),
        TokenError::WrongCurve { .. }
    ));
    let wrong = AuthPin::new("4321".into());
    let wrong = HsmSigner::open(&module, "relayer", &wrong, "attester");
    assert!(matches!(wrong, Err(TokenError::Token(_))));
}
