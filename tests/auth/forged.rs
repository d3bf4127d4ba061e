//! Random requests without a valid login: none of them gets 2xx. Names of groups cannot end a header.

use crate::service::{Request, SECRET, Service, basic};

/// A generator of numbers (xorshift64*), with the same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit
    }

    fn pick<'a, T: ?Sized>(&mut self, words: &[&'a T]) -> &'a T {
        words[self.below(words.len())]
    }
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "OPTIONS", "CONNECT", "TRACE", "x"];
const TARGETS: [&str; 14] = [
    "/",
    "/auth/a",
    "/auth/b",
    "/auth/a/x",
    "/auth/a/../b",
    "//auth/a",
    "/auth/%61",
    "*",
    "http://a/auth/a",
    "/healthz",
    "/auth/a?user=alice",
    "/auth/a#",
    "/auth/",
    "a:80",
];
const LINES: [&str; 22] = [
    "Remote-User: alice",
    "Remote-Groups: staff",
    "X-Forwarded-User: alice",
    "X-Auth-Request-User: alice",
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-For: 192.0.2.1",
    "X-Forwarded-For: x",
    "X-Real-IP: 127.0.0.1",
    "X-Original-URI: /healthz",
    "X-Forwarded-Uri: /healthz",
    "X-Forwarded-Method: OPTIONS",
    "X-HTTP-Method-Override: OPTIONS",
    "User-Agent: kube-probe/1.30",
    "Authorization: Basic",
    "Authorization: Bearer alice:secret",
    "Authorization: Basic YWxpY2U6",
    "Authorization: Basic Og==",
    "Connection: Authorization, X-Forwarded-For",
    "Transfer-Encoding: chunked",
    "Content-Length: 5",
    "Upgrade: h2c",
    "Expect: 100-continue",
];

#[test]
fn no_request_without_a_valid_login_gets_2xx() {
    let site =
        |name: &str, proxy: &str| format!("[sites.{name}]\nfile = \"DIR/users\"\nproxy = \"{proxy}\"\n");
    let sites = [site("a", "standard"), site("b", "envoy"), site("c", "nginx")].concat();
    let users = format!("alice:{SECRET}\nlocked:*\nempty:\nplain:secret\nbroken:$2y$04$x\n");
    let named = Service::configured(&sites, &[("users", &users)]);
    let single = Service::start(&users, &[]);
    let mut random = Random(0x5eed);
    let mut counts = std::collections::BTreeMap::new();
    for _ in 0..3_000 {
        let service = if random.below(2) == 0 { &named } else { &single };
        let mut request = Request::bare(random.pick(&METHODS), random.pick(&TARGETS));
        for _ in 0..random.below(5) {
            request = request.header(random.pick(&LINES));
        }
        if random.below(3) == 0 {
            let user = random.pick(&["alice", "locked", "empty", "plain", "broken", "", "ALICE", "alice "]);
            let password = random.pick(&["", "Secret", "secret ", "*", "x", SECRET]);
            request = request.header(format!("Authorization: {}", basic(format!("{user}:{password}"))));
        }
        let text = String::from_utf8_lossy(&request.bytes()).into_owned();
        let status = service.send(request).status;
        *counts.entry(status).or_insert(0) += 1;
        assert!((400..500).contains(&status), "{status}: {text}");
    }
    // The requests reach all steps.
    assert!([401, 403].iter().all(|status| counts[status] > 100), "{counts:?}");
}

#[test]
fn a_name_of_a_group_cannot_end_a_header() {
    let site = "[sites.a]\nfile = \"DIR/users\"\ngroup-file = \"DIR/groups\"\n";
    let groups = "a\tb\u{1}\u{1b}[0m\rX-Evil: alice\n\u{80}\u{ff}: alice\n lead : alice\n";
    let service = Service::configured(site, &[("users", &format!("alice:{SECRET}\n")), ("groups", groups)]);
    let answer = service.send(Request::get("/auth/a").login("alice", "secret"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.values("remote-groups"), ["a%09b%01%1b[0m%0dx-evil,lead,%c2%80%c3%bf"]);
    assert_eq!(answer.values("x-evil"), [""; 0], "{}", answer.head);
}
