//! The start of the program: configuration, files, sockets, and then the server.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use crate::args::{self, Args, Exit};
use crate::config::{self, Config, ConfigError, Listeners};
use crate::listener::{self, Activated, Bound};
use crate::log::Log;
use crate::login::Service;
use crate::metrics::Metrics;
use crate::networks::Networks;
use crate::os;
use crate::server::{self, Sockets};
use crate::sites::Sites;
use crate::tls::Tls;

/// The exit code of every error at the start.
const ERROR: u8 = 2;

/// Runs the program with the words of the command line.
pub(crate) fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(Exit::Text(text)) => {
            // The reader may have closed the pipe.
            let _ = write!(io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(Exit::Error(sentence)) => return fail([sentence]),
    };
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(errors) => fail(errors.iter().map(ToString::to_string)),
    }
}

fn fail(sentences: impl IntoIterator<Item = String>) -> ExitCode {
    for sentence in sentences {
        let sentence = sentence.replace('\n', " ");
        let _ = writeln!(io::stderr(), "htpasswd-auth: {sentence}");
    }
    ExitCode::from(ERROR)
}

/// Reads and checks the configuration.
fn read(args: &Args) -> Result<Config, Vec<ConfigError>> {
    let (source, raw) = args.read().map_err(|error| vec![error])?;
    Config::build(&source, &raw)
}

fn start(args: Args) -> Result<(), Vec<ConfigError>> {
    let config = read(&args)?;
    let metrics = Arc::new(Metrics::default());
    if args.check_config {
        config.listen.tls.as_ref().map(Tls::open).transpose().map_err(|error| vec![error])?;
        let sites = Sites::open(&config, None, &metrics)?;
        let _ = writeln!(io::stdout(), "the configuration is valid, sites: {}", sites.len());
        return Ok(());
    }
    // A second subscriber cannot be set, and this is the first one.
    let _ = tracing::subscriber::set_global_default(Log::new(config.log.format, config.log.level));
    let tls =
        config.listen.tls.as_ref().map(Tls::open).transpose().map_err(|error| vec![error])?.map(Arc::new);
    if cfg!(panic = "abort") {
        tracing::warn!("a panic ends this service; build it with --profile server to prevent that");
    }
    os::raise_file_limit();
    let sockets = sockets(&config, tls)?;
    let sites = Sites::open(&config, None, &metrics)?;
    metrics.set_configured(true);
    let service = Arc::new(Service::new(sites, metrics));
    let settings = config.listen.clone();
    let (listen, log) = (config.listen, config.log);
    let reload = move |service: &Service| reload(&args, (&listen, log), service);
    let failed = |error: io::Error| {
        vec![ConfigError {
            place: "htpasswd-auth".into(),
            problem: format!("cannot serve: {error}; free some memory"),
        }]
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let served = runtime.block_on(server::run(sockets, service, &settings, Arc::new(reload)));
    // Requests after the deadline are given up.
    runtime.shutdown_background();
    served.map_err(failed)
}

/// Opens the sockets, or takes those of systemd.
fn sockets(config: &Config, tls: Option<Arc<Tls>>) -> Result<Sockets, Vec<ConfigError>> {
    let Listeners { logins, metrics, socket, .. } = &config.listen;
    let activated = Activated::take().map_err(|error| {
        vec![ConfigError {
            place: "LISTEN_FDS".into(),
            problem: format!("a socket of systemd is no stream socket: {error}; set ListenStream="),
        }]
    })?;
    let metrics = match (activated.metrics, metrics) {
        (Some(bound), _) => Some(bound),
        (None, Some(listen)) => {
            Some(listener::bind("metrics-listen", listen, socket).map_err(|error| vec![error])?)
        }
        (None, None) => None,
    };
    if !activated.logins.is_empty() {
        if config.trusted == Networks::loopback() && activated.logins.iter().any(Bound::is_reachable) {
            return Err(vec![ConfigError {
                place: "LISTEN_FDS".into(),
                problem:
                    "other machines can reach the socket of systemd; name the proxies with trusted-proxy"
                        .into(),
            }]);
        }
        return Ok(Sockets { logins: activated.logins, metrics, tls });
    }
    let bound: Result<Vec<_>, _> =
        logins.iter().map(|listen| listener::bind("listen", listen, socket)).collect();
    Ok(Sockets { logins: bound.map_err(|error| vec![error])?, metrics, tls })
}

/// Replaces the sites by those of the new configuration. If the configuration has an error, all of the old one stays.
fn reload(args: &Args, (listen, log): (&Listeners, config::Log), service: &Service) -> bool {
    let reloaded = read(args).and_then(|config| {
        if config.listen != *listen || config.log != log {
            let problem =
                "addresses, TLS, connections and the log change only with a restart; restart the service";
            let place = args
                .config_file()
                .map_or_else(|| "htpasswd-auth".to_owned(), |path| path.display().to_string());
            return Err(vec![ConfigError { place, problem: problem.to_owned() }]);
        }
        Sites::open(&config, Some(&service.sites()), &service.metrics)
    });
    match reloaded {
        Ok(sites) => {
            sites.reload_files();
            tracing::info!(sites = sites.len() as u64, "the configuration is reloaded");
            service.replace(sites);
            true
        }
        Err(errors) => {
            for error in errors {
                tracing::error!("the previous configuration stays: {error}");
            }
            false
        }
    }
}
