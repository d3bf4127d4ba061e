//! The standard traits of the public types, as the Rust API guidelines ask for them (C-COMMON-TRAITS, C-CONV-TRAITS).

use std::collections::{HashMap, HashSet};
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::str::FromStr;

use htpasswd::bulk::{BulkHashError, Progress};
use htpasswd::document::{EditSummary, Repairs, SetOutcome, UserChange, UsernameError};
use htpasswd::hash::{HashError, LimitExceeded, Limits, PasswordError, Rounds, Scheme};
use htpasswd::lint::{Finding, FindingKind, Severity};
use htpasswd::store::{StoreError, StoreOperation};
use htpasswd::{Cost, Document, FileStore, Params, Password, PasswordHash, Username, Users};

const SHA1: &str = "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=";

fn is_value<T: Debug + Clone + PartialEq + Eq + Hash>() {}

fn is_error<T: std::error::Error + Send + Sync + 'static>() {}

fn is_parsed<T: FromStr + Display>() {}

fn survives_a_panic<T: UnwindSafe + RefUnwindSafe>() {}

#[test]
fn public_types_have_the_traits_of_the_api_guidelines() {
    is_value::<Cost>();
    is_value::<EditSummary>();
    is_value::<Finding<'_>>();
    is_value::<FindingKind>();
    is_value::<Limits>();
    is_value::<Params>();
    is_value::<Repairs>();
    is_value::<Rounds>();
    is_value::<Scheme>();
    is_value::<SetOutcome>();
    is_value::<Severity>();
    is_value::<StoreOperation>();
    is_value::<UserChange>();
    is_value::<Username>();
    is_error::<BulkHashError>();
    is_error::<HashError>();
    is_error::<LimitExceeded>();
    is_error::<PasswordError>();
    is_error::<StoreError>();
    is_error::<UsernameError>();
    is_parsed::<PasswordHash>();
    is_parsed::<Username>();
    survives_a_panic::<Document>();
    survives_a_panic::<FileStore>();
    survives_a_panic::<PasswordHash>();
    survives_a_panic::<Progress>();
    survives_a_panic::<Users>();
}

#[test]
fn a_hash_is_parsed_from_text_and_bytes_and_written_as_it_was() {
    let hash: PasswordHash = SHA1.parse().unwrap();
    assert_eq!(hash, PasswordHash::try_from(SHA1.as_bytes()).unwrap());
    assert_eq!(hash.to_string(), SHA1);
    assert_eq!(hash.as_ref() as &[u8], SHA1.as_bytes());
    assert_eq!("abc123".parse::<PasswordHash>().unwrap_err(), HashError::Unknown);
}

#[test]
fn hashes_are_equal_if_scheme_and_text_are_equal() {
    let hash: PasswordHash = SHA1.parse().unwrap();
    let other: PasswordHash = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=".parse().unwrap();
    assert_eq!(hash, hash.clone());
    assert_ne!(hash, other);
    let plain = PasswordHash::create(&SHA1.parse().unwrap(), &Params::Plain).unwrap();
    assert_eq!(plain.to_string(), SHA1);
    assert_ne!(hash, plain);
}

#[test]
fn debug_output_of_a_hash_has_the_scheme_and_the_cost_only() {
    let text = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy";
    let hash: PasswordHash = text.parse().unwrap();
    assert_eq!(format!("{hash:?}"), "PasswordHash { scheme: Bcrypt, cost: Some(5), .. }");
}

#[test]
fn a_map_of_user_names_is_searched_by_bytes() {
    let name: Username = "alice".parse().unwrap();
    assert_eq!(name, Username::try_from(&b"alice"[..]).unwrap());
    assert_eq!(name.to_string(), "alice");
    let ages = HashMap::from([(name.clone(), 42)]);
    assert_eq!(ages.get(&b"alice"[..]), Some(&42));
    assert!(HashSet::from([name]).contains(&b"alice"[..]));
    assert_eq!("a:b".parse::<Username>().unwrap_err(), UsernameError::Colon);
}

#[test]
fn a_password_is_parsed_from_text_and_bytes() {
    let hash: PasswordHash = SHA1.parse().unwrap();
    assert!(hash.verify(&"abc123".parse().unwrap()));
    assert!(hash.verify(&Password::try_from(&b"abc123"[..]).unwrap()));
    assert_eq!("a\0b".parse::<Password>().unwrap_err(), PasswordError::Nul);
}

#[test]
fn costs_and_rounds_are_checked_numbers() {
    assert_eq!(Cost::try_from(10), Cost::new(10));
    assert_eq!(Cost::try_from(32), Err(HashError::Cost));
    assert_eq!(Cost::new(10).map(|cost| (u32::from(cost), cost.to_string())), Ok((10, "10".to_owned())));
    assert_eq!(Rounds::try_from(999), Err(HashError::Cost));
    assert_eq!(Rounds::try_from(5_000).map(|rounds| rounds.to_string()), Ok("5000".to_owned()));
}

#[test]
fn an_error_of_the_store_does_not_repeat_its_cause() {
    use std::error::Error;

    let error = FileStore::new("/no/such/file").load().unwrap_err();
    let cause = error.source().unwrap();
    assert!(!error.to_string().contains(&cause.to_string()), "{error}");
    assert!(cause.source().is_none());
}
