//! New hashes: from the names and numbers of the page to the types of the library.

use htpasswd::hash::{Rounds, Scheme};
use htpasswd::servers::{Server, ServerSet};
use htpasswd::{Cost, Params, Password, PasswordHash};
use serde::Serialize;
use thiserror::Error;

use crate::fault::{Fault, Field};

/// The highest bcrypt cost of the command, which is that of Apache's tool.
const HIGHEST_BCRYPT_COST: u32 = 17;

/// The schemes that the page can create, the strongest first.
pub(crate) const SCHEMES: [Scheme; 7] = [
    Scheme::Bcrypt,
    Scheme::Sha512Crypt,
    Scheme::Sha256Crypt,
    Scheme::Apr1,
    Scheme::Sha1,
    Scheme::DesCrypt,
    Scheme::Plain,
];

/// The numbers that set the time of one hash.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CostRange {
    least: u32,
    most: u32,
    /// The recommended number.
    default: u32,
    /// True if the time doubles with each step, and false if the time is proportional to the number.
    doubles: bool,
}

/// The reason why a hash cannot be created.
#[derive(Debug, Error)]
enum HashingError {
    #[error("{0} is no scheme of this page")]
    UnknownScheme(String),
    #[error("{0} do not read {1}")]
    Unread(ServerSet, Scheme),
    #[error("the number must be a whole number from {0} to {1}")]
    OutOfRange(u32, u32),
    #[error("the password has {0} bytes, but {1} reads only the first {2}")]
    Truncated(usize, Scheme, usize),
    #[error("the password is empty")]
    Empty,
}

/// The range of the cost of a scheme; `None` if the scheme has no cost.
pub(crate) fn cost_range(scheme: Scheme) -> Option<CostRange> {
    match scheme {
        Scheme::Bcrypt => Some(CostRange {
            least: Cost::MIN,
            most: HIGHEST_BCRYPT_COST,
            default: Server::COST,
            doubles: true,
        }),
        Scheme::Sha512Crypt | Scheme::Sha256Crypt => {
            Some(CostRange { least: Rounds::MIN, most: Rounds::MAX, default: Server::ROUNDS, doubles: false })
        }
        _ => None,
    }
}

/// Creates a hash that the servers read.
pub(crate) fn create(
    password: &Password,
    name: &str,
    cost: f64,
    servers: Option<&ServerSet>,
) -> Result<PasswordHash, Fault> {
    let fault = |field, error: HashingError| Fault::new(field, &error);
    let scheme = SCHEMES.into_iter().find(|scheme| scheme.to_string() == name);
    let scheme = scheme.ok_or_else(|| fault(Field::Scheme, HashingError::UnknownScheme(name.to_owned())))?;
    if let Some(servers) = servers.filter(|servers| !servers.can_read(scheme)) {
        return Err(fault(Field::Scheme, HashingError::Unread(servers.clone(), scheme)));
    }
    let length = password.as_bytes().len();
    if length == 0 {
        return Err(fault(Field::Password, HashingError::Empty));
    }
    if let Some(limit) = scheme.password_limit().filter(|&limit| length > limit) {
        return Err(fault(Field::Password, HashingError::Truncated(length, scheme, limit)));
    }
    let params = params(scheme, cost)?;
    let hash =
        PasswordHash::create(password, &params).map_err(|error| Fault::new(Field::Password, &error))?;
    Ok(with_prefix(hash, servers))
}

fn params(scheme: Scheme, number: f64) -> Result<Params, Fault> {
    let number = match cost_range(scheme) {
        Some(range) => whole(number, range).map_err(|error| Fault::new(Field::Cost, &error))?,
        None => 0,
    };
    let rounds = || Rounds::new(number).map(Some).map_err(|error| Fault::new(Field::Cost, &error));
    Ok(match scheme {
        Scheme::Bcrypt => Params::Bcrypt(Cost::new(number).map_err(|error| Fault::new(Field::Cost, &error))?),
        Scheme::Sha512Crypt => Params::Sha512Crypt(rounds()?),
        Scheme::Sha256Crypt => Params::Sha256Crypt(rounds()?),
        Scheme::Apr1 => Params::Apr1,
        Scheme::Sha1 => Params::Sha1,
        Scheme::DesCrypt => Params::DesCrypt,
        _ => Params::Plain,
    })
}

/// The number of a field, which JavaScript has as a floating-point number. An empty field is NaN.
fn whole(number: f64, range: CostRange) -> Result<u32, HashingError> {
    let error = HashingError::OutOfRange(range.least, range.most);
    if number.fract() != 0.0 || !(f64::from(range.least)..=f64::from(range.most)).contains(&number) {
        return Err(error);
    }
    format!("{number}").parse().map_err(|_| error)
}

/// Replaces the prefix of a bcrypt hash with one that the servers read. The text after the prefix is the same.
fn with_prefix(hash: PasswordHash, servers: Option<&ServerSet>) -> PasswordHash {
    let prefix = servers.filter(|servers| !servers.can_read_hash(hash.as_bytes(), hash.scheme()));
    let Some(prefix) = prefix.and_then(ServerSet::bcrypt_prefix).filter(|_| hash.scheme() == Scheme::Bcrypt)
    else {
        return hash;
    };
    let rest = hash.as_bytes().get(prefix.len()..).unwrap_or_default();
    PasswordHash::parse(&[prefix.as_bytes(), rest].concat()).unwrap_or(hash)
}
