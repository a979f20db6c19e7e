#include "daemon/config/option_table.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

constexpr Levels kApp = kApplicationLevel;
constexpr Levels kNode = kNodeLevel;
constexpr Levels kPhone = LevelOf(DnType::kExtension) | LevelOf(DnType::kAcdPosition);
constexpr Levels kTrunk = LevelOf(DnType::kTrunk);
constexpr Levels kService = LevelOf(DnType::kVoiceOverIpService);
constexpr Levels kTrunks = kTrunk | LevelOf(DnType::kTrunkGroup);
constexpr Levels kQueue = LevelOf(DnType::kAcdQueue) | LevelOf(DnType::kVirtualQueue);
constexpr Levels kRoutingPoint = LevelOf(DnType::kRoutingPoint) | LevelOf(DnType::kVirtualRoutingPoint);
constexpr Levels kDevice = kPhone | kTrunks | kService | LevelOf(DnType::kCallProcessingPort);

constexpr Effect kNow = Effect::kNow;
constexpr Effect kNotYet = Effect::kNotYet;
constexpr Source kGuide = Source::kGuide;
constexpr Source kTLibrary = Source::kTLibrary;
constexpr Source kOwn = Source::kOwn;

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;
constexpr int64_t kGiB = 1024 * kMiB;
constexpr int64_t kTiB = 1024 * kGiB;
constexpr int64_t kMaxSeconds = 31'536'000;

constexpr ValueRule Boolean(absl::string_view preset) {
  return {ValueKind::kBoolean, 0, 0, "", preset, false};
}
constexpr ValueRule Whole(int64_t min, int64_t max, absl::string_view unit, absl::string_view preset) {
  return {ValueKind::kWhole, min, max, unit, preset, false};
}
constexpr ValueRule OneOf(absl::string_view words, absl::string_view preset) {
  return {ValueKind::kOneOf, 0, 0, words, preset, false};
}
constexpr ValueRule SomeOf(absl::string_view words, absl::string_view preset = "") {
  return {ValueKind::kSomeOf, 0, 0, words, preset, false};
}
constexpr ValueRule Span(int64_t min, int64_t max, absl::string_view preset) {
  return {ValueKind::kSpan, min, max, "", preset, false};
}
constexpr ValueRule Size(int64_t min, int64_t max, absl::string_view preset) {
  return {ValueKind::kSize, min, max, "", preset, false};
}
// Both in milliseconds.
constexpr ValueRule Seconds(int64_t min, int64_t max, absl::string_view preset) {
  return {ValueKind::kSeconds, min, max, "", preset, false};
}
constexpr ValueRule RequiredWhole(int64_t min, int64_t max) {
  return {ValueKind::kWhole, min, max, "", "", true};
}
constexpr ValueRule ZeroOrWhole(int64_t min, int64_t max, absl::string_view unit, absl::string_view preset) {
  return {ValueKind::kWhole, min, max, unit, preset, false, true};
}
constexpr ValueRule RequiredUrls(int64_t most) {
  return {ValueKind::kUrls, 1, most, "", "", true};
}
constexpr ValueRule Digits(int64_t min) {
  return {ValueKind::kUserPart, min, 64, "", "", false};
}
constexpr ValueRule HexSecret(int64_t digits) {
  return {ValueKind::kHexSecret, digits, digits, "", "", false};
}
constexpr ValueRule Plain(ValueKind kind, absl::string_view preset = "") {
  return {kind, 0, 0, "", preset, false};
}
constexpr ValueRule Required(ValueKind kind) {
  return {kind, 0, 0, "", "", true};
}

constexpr ValueKind kText = ValueKind::kText;

// clang-format off
constexpr OptionRow kTable[] = {
    {"TServer", "after-routing-timeout", kApp | kRoutingPoint, Whole(0, kMaxSeconds, "seconds", ""), kNotYet, kTLibrary,
     "how long a routed call may ring before it is routed again"},
    {"TServer", "authenticate-algorithms", kApp | kPhone | kTrunk,
     SomeOf("SHA-512-256|SHA-256|MD5", "SHA-512-256,SHA-256,MD5"), kNow, kOwn,
     "digests that a challenge offers, strongest first; MD5 alone for phones that give up at one they do not know"},
    {"TServer", "authenticate-legacy", kApp | kPhone | kTrunk, Boolean("false"), kNow, kOwn,
     "also takes answers without qop (RFC 2069), each challenge's once"},
    {"TServer", "authenticate-requests", kApp | kPhone | kTrunk,
     SomeOf("register|invite|message|subscribe|refer|notify"), kNow, kTLibrary,
     "requests outside a dialog that a DN with a password must sign; a DN's own value wins"},
    {"TServer", "auto-redirect-enabled", kTrunk, Boolean(""), kNotYet, kGuide,
     "redirects a call by 302 instead of staying in the path"},
    {"TServer", "backup-init-check", kApp, Boolean("false"), kNotYet, kGuide,
     "a backup checks that its own parts are ready to serve"},
    {"TServer", "backup-init-check-timeout", kApp, Whole(15, 3600, "seconds", "60"), kNotYet, kGuide,
     "how long that check may take"},
    {"TServer", "backup-sip-port-check", kApp, Boolean("true"), kNotYet, kGuide,
     "a backup checks that it can open the SIP port"},
    {"TServer", "capacity", kTrunks | kService, Whole(0, 1'000'000, "calls", "0"), kNow, kGuide,
     "places of a Trunk or softswitch: a call takes one, whoever began it; with none free, calls that go out go "
     "elsewhere; 0: no limit"},
    {"TServer", "capacity-group", kTrunks, Plain(kText), kNow, kTLibrary,
     "Trunks of one group share their places: each compares those taken of all with its own capacity"},
    {"TServer", "client-most-sessions", kApp, Whole(1, 100'000, "sessions", "5000"), kNow, kOwn,
     "sessions of T-Library clients at a time, those that wait for their client too; more are refused"},
    {"TServer", "client-queue-bytes", kApp, Whole(131'072, 8'388'608, "bytes", "4194304"), kNow, kOwn,
     "events that one session may have waiting for its client's acknowledgement; with more it ends"},
    {"TServer", "client-queue-events", kApp, Whole(100, 100'000, "events", "10000"), kNow, kOwn,
     "the same as a number of events"},
    {"TServer", "connect-nailedup-on-login", kApp | kPhone | kService, Plain(kText), kNotYet, kGuide,
     "Routing Point or gcti::park to which a nailed-up agent is connected at login"},
    {"TServer", "contact", kDevice, Plain(ValueKind::kContact), kNow, kGuide,
     "where the device is reached; \"*\" (default of an Extension): where it registers; a Trunk needs an address"},
    {"TServer", "contacts-order", kApp | kPhone, OneOf("parallel|by-q", "parallel"), kNow, kOwn,
     "which of a DN's registered contacts ring first: all at once, or those of the highest q"},
    {"TServer", "contacts-rung", kApp | kPhone, Whole(1, 10, "contacts", "10"), kNow, kOwn,
     "how many of a DN's registered contacts ring at a time; when one of them fails, the next does"},
    {"TServer", "control-remote-vip-scripts", kApp, Boolean("true"), kNotYet, kGuide,
     "runs the virtual IP scripts on the other host, too"},
    {"TServer", "control-vip-scripts", kApp, Boolean("false"), kNotYet, kGuide,
     "the server itself runs the virtual IP scripts"},
    {"TServer", "cpn", kTrunk, Digits(1), kNow, kTLibrary,
     "number in From and P-Asserted-Identity of calls that go out, in place of the caller's"},
    {"TServer", "default-dn", kApp | kQueue | kRoutingPoint, Plain(kText), kNotYet, kGuide,
     "destination of a call that nobody routes in time"},
    {"TServer", "default-route-destination", kApp, Plain(kText), kNotYet, kGuide,
     "destination of a network call that nobody routes"},
    {"TServer", "disconnect-nailedup-timeout", kApp | kPhone | kService, Whole(0, kMaxSeconds, "seconds", "0"), kNotYet,
     kGuide, "inactivity after which a nailed-up connection ends; 0: never"},
    {"TServer", "divert-on-ringing", kApp | kRoutingPoint, Boolean("true"), kNotYet, kTLibrary,
     "a routed call has left the Routing Point once the target rings"},
    {"TServer", "dr-forward", kApp | kPhone | kService, OneOf("off|no-agent|oos", "off"), kNotYet, kGuide,
     "when a call to a DN goes on to the peer site"},
    {"TServer", "dr-oosp-transfer-enabled", kTrunk, Boolean("true"), kNotYet, kGuide,
     "leaves the signalling path when a call goes on to the peer site"},
    {"TServer", "dr-peer-location", kApp, Plain(kText), kNotYet, kGuide,
     "name of the peer site's switch"},
    {"TServer", "dr-peer-trunk", kApp, Plain(kText), kNotYet, kGuide,
     "Trunk that leads to the peer site"},
    {"TServer", "drop-nailedup-on-logout", kApp, Boolean(""), kNotYet, kGuide,
     "ends the nailed-up connection when the agent logs out"},
    {"TServer", "dual-dialog-enabled", kPhone, Boolean(""), kNotYet, kGuide,
     "the phone takes a second dialog for a consultation call"},
    {"TServer", "enforce-external-domains", kApp, Plain(kText), kNotYet, kGuide,
     "addresses whose users are outside parties"},
    {"TServer", "enforce-trusted", kPhone | kTrunk, Boolean("false"), kNow, kOwn,
     "what it asserts of identities is believed, and it may see what others assert (P-Asserted-Identity)"},
    {"TServer", "external-contact", kService, Plain(ValueKind::kHostPort), kNotYet, kGuide,
     "address of the SIP proxy as others see it"},
    {"TServer", "geo-location", kDevice, Plain(kText), kNotYet, kTLibrary,
     "place of the device, to choose near services"},
    {"TServer", "graceful-shutdown-sip-timeout", kApp, Whole(0, 32, "seconds", "4"), kNotYet, kGuide,
     "how long BYEs are repeated in a graceful shutdown"},
    {"TServer", "ha-max-calls-sync-at-once", kApp, ZeroOrWhole(200, 1000, "calls", "0"), kNow, kGuide,
     "calls that are copied to a backup that lacks them before a pause of 1 s; 0: as fast as the link takes them"},
    {"TServer", "hg-preferred-site", LevelOf(DnType::kAcdQueue), Plain(kText), kNotYet, kGuide,
     "site that distributes a Hunt Group's calls"},
    {"TServer", "http-port", kApp, Whole(1, 65535, "", ""), kNotYet, kGuide,
     "HTTP port; here each node has its own: node/http-port"},
    {"TServer", "line-type", kPhone, Whole(0, 1, "", ""), kNotYet, kGuide,
     "1: an agent with a nailed-up connection"},
    {"TServer", "network-monitoring-timeout", kApp, Whole(1, 30, "seconds", "1"), kNotYet, kGuide,
     "interval of the network checks"},
    {"TServer", "no-answer-timeout", kApp | kPhone | kTrunk, Whole(1, 3600, "seconds", "180"), kNow, kOwn,
     "how long a called device may ring; a DN's own value wins"},
    {"TServer", "oos-check", kDevice, Whole(0, 3600, "seconds", "0"), kNow, kGuide,
     "time between two OPTIONS that ask whether the device is in service; 0: it is not asked"},
    {"TServer", "oos-force", kDevice, Whole(0, 3600, "seconds", "0"), kNow, kGuide,
     "only with oos-check: silence after an OPTIONS that makes the device out of service; 0: that of 32 s"},
    {"TServer", "password", kPhone | kTrunk, Plain(ValueKind::kSecret), kNow, kTLibrary,
     "the device's password, kept only as verifiers; authenticate-requests says when it is asked for"},
    {"TServer", "password-md5", kPhone | kTrunk, HexSecret(32), kNow, kOwn,
     "in place of password: its verifier, MD5 of user:realm:password"},
    {"TServer", "password-sha-256", kPhone | kTrunk, HexSecret(64), kNow, kOwn,
     "the same with SHA-256"},
    {"TServer", "password-sha-512-256", kPhone | kTrunk, HexSecret(64), kNow, kOwn,
     "the same with SHA-512/256"},
    {"TServer", "peer-proxy-contact", kTrunk, Plain(ValueKind::kHostPort), kNotYet, kGuide,
     "SIP proxies that serve the other site"},
    {"TServer", "prefix", kTrunk, Digits(1), kNow, kGuide,
     "numbers that begin so may go to this Trunk; of several the lowest priority wins, then the longest prefix"},
    {"TServer", "priority", kTrunks | kService, Whole(0, 1'000'000, "", "0"), kNow, kGuide,
     "of the Trunks that a number may go through the one with the lowest is tried first"},
    {"TServer", "recovery-timeout", kTrunks | kService, Whole(0, 86400, "seconds", "0"), kNow, kTLibrary,
     "how long a Trunk or softswitch gets no calls after it was silent or has said 503, whose Retry-After counts "
     "instead; 0: it gets the next one"},
    {"TServer", "refer-enabled", kPhone | kTrunk | kService, Boolean(""), kNow, kGuide,
     "an Extension's phone is told by REFER to call, when a client asks for it; of other DNs without effect"},
    {"TServer", "registrar-default-timeout", kApp, Whole(1, 86400, "seconds", "3600"), kNow, kOwn,
     "lifetime of a registration that asks for none"},
    {"TServer", "registrar-max-timeout", kApp, Whole(1, 86400, "seconds", "3600"), kNow, kOwn,
     "longest lifetime of a registration; a longer one is cut"},
    {"TServer", "registrar-min-timeout", kApp, Whole(1, 3600, "seconds", "60"), kNow, kOwn,
     "shortest lifetime of a registration; a shorter one gets 423, which none of an hour may get (RFC 3261 10.3)"},
    {"TServer", "reject-call-notready", kPhone, Boolean(""), kNotYet, kGuide,
     "a call to an agent who is not ready is declined"},
    {"TServer", "replace-prefix", kTrunk, Digits(0), kNow, kGuide,
     "what the prefix becomes in the number sent out; \"\" removes it; absent: unchanged"},
    {"TServer", "replace-uri-contact", kTrunk, Boolean(""), kNotYet, kGuide,
     "the Request-URI carries the resolved address"},
    {"TServer", "request-uri", kPhone | kTrunk, Plain(ValueKind::kSipUri), kNow, kTLibrary,
     "Request-URI of calls to the device; they still go to its contact"},
    {"TServer", "resolve-external-contact", kPhone | kTrunk, Boolean("false"), kNow, kGuide,
     "host names in the Contacts and Routes that the device gives are looked up; false: it is reached where it was "
     "heard last"},
    {"TServer", "router-timeout", kApp, Whole(0, kMaxSeconds, "seconds", ""), kNotYet, kGuide,
     "how long a router may take before default-dn"},
    {"TServer", "sca-preferred-site", LevelOf(DnType::kExtension), Plain(kText), kNotYet, kGuide,
     "site that distributes a shared line's calls"},
    {"TServer", "service-type", kService, Plain(kText), kNow, kGuide,
     "softswitch: Extensions may name it as theirs (softswitch); others have no effect yet"},
    {"TServer", "session-timeout", kApp, Whole(1, 86400, "seconds", "60"), kNow, kOwn,
     "how long a T-Library client's session waits for a client whose link is gone; its events wait with it"},
    {"TServer", "shared-line", LevelOf(DnType::kExtension), Boolean(""), kNotYet, kGuide,
     "the DN is the primary one of a shared line"},
    {"TServer", "shutdown-sip-reject-code", kApp, Whole(300, 603, "", "603"), kNotYet, kGuide,
     "answer to new calls in a graceful shutdown"},
    {"TServer", "sip-address", kApp, Required(ValueKind::kIpAddress), kNow, kGuide,
     "the pair's service address: phones send to it, Via, Contact and Record-Route carry it"},
    {"TServer", "sip-address-by-network", kApp, Plain(ValueKind::kText), kNow, kOwn,
     "other addresses of this machine, each with the network whose hosts see it, such as 10.20.0.0/16 10.20.0.5; "
     "several divided by commas: the same ports are served there, and what goes into that network leaves from there; "
     "another address needs a restart"},
    {"TServer", "sip-address-v6", kApp, Plain(ValueKind::kIpAddress), kNow, kOwn,
     "an IPv6 address beside an IPv4 sip-address, at the same ports: phones on IPv6 send to it, and their Via and "
     "Contact carry it"},
    {"TServer", "sip-cti-control", kPhone, SomeOf("talk|hold|dtmf"), kNow, kGuide,
     "what the phone does when a NOTIFY says so: see The phone's commands; absent: nothing"},
    {"TServer", "sip-enable-gdns", kApp, Boolean(""), kNotYet, kGuide,
     "an own DNS client"},
    {"TServer", "sip-enable-rfc3263", kApp, Boolean("false"), kNow, kGuide,
     "the servers of a host name are found by NAPTR and SRV records (RFC 3263); false: by addresses alone"},
    {"TServer", "sip-error-codes-overflow", kApp | kTrunk | kService,
     Plain(ValueKind::kErrorCodes, "503"), kNow, kGuide,
     "answers to an INVITE after which the next Trunk or softswitch is tried, also 408 for silence of 32 s (503 alone "
     "does not try on after it) and 503 for a connection that fails; a DN's own value wins"},
    {"TServer", "sip-ip-tos", kApp, Whole(0, 255, "", ""), kNow, kGuide,
     "TOS byte of SIP packets, DSCP in its upper six bits; absent: the system's"},
    {"TServer", "sip-iptakeover-monitoring", kApp, Boolean("false"), kNotYet, kGuide,
     "watches the virtual IP address"},
    {"TServer", "sip-min-se", kApp | kPhone | kTrunk, Whole(90, 86400, "seconds", "90"), kNow, kOwn,
     "shortest session interval that is agreed upon (Min-SE, RFC 4028), where sip-session-timer is not 0; who asks for "
     "less gets 422"},
    {"TServer", "sip-next-server-timeout", kApp, Whole(1, 32, "seconds", "4"), kNow, kOwn,
     "how long one of several servers of a host name may say nothing to a request before the next one gets it"},
    {"TServer", "sip-nic-address", kApp, Plain(ValueKind::kHost), kNotYet, kGuide,
     "address of a network card of its own for SIP"},
    {"TServer", "sip-nic-monitoring", kApp, Boolean("false"), kNotYet, kGuide,
     "watches sip-nic-address"},
    {"TServer", "sip-outbound-proxy", kApp, Boolean(""), kNotYet, kGuide,
     "sends through the SIP proxies"},
    {"TServer", "sip-pass-check", kApp, Boolean("false"), kNow, kGuide,
     "a node that serves is not ready (/readyz), and says so, when no device with oos-check answers and no SIP comes "
     "in"},
    {"TServer", "sip-port", kApp, Whole(1, 65535, "", "5060"), kNow, kGuide,
     "SIP port for UDP and TCP, the same on both nodes"},
    {"TServer", "sip-realm", kApp, Plain(kText), kNow, kOwn,
     "realm of challenges and passwords; absent: the switch's name"},
    {"TServer", "sip-service-route", kApp | kPhone, Plain(ValueKind::kSipUri), kNow, kOwn,
     "proxy that phones are told to send their requests through (Service-Route, RFC 3608), for example sip:192.0.2.10; "
     "lr is added where it is missing"},
    {"TServer", "sip-session-timer", kApp | kPhone | kTrunk, ZeroOrWhole(90, 86400, "seconds", "0"), kNow, kOwn,
     "session interval that the server agrees upon with the device (RFC 4028), and refreshes where the device does "
     "not: a call whose phone is gone ends; 0: session timers pass from end to end"},
    {"TServer", "sip-signaling-chat", kPhone, Plain(kText), kNotYet, kGuide,
     "none: an instant message opens no SIP session with the phone"},
    {"TServer", "sip-tls-cert", kApp, Plain(ValueKind::kPath), kNotYet, kGuide,
     "certificate for SIP over TLS; here each node has its own: node/sip-tls-cert"},
    {"TServer", "sip-tls-port", kApp, Whole(1, 65535, "", ""), kNow, kOwn,
     "port for SIP over TLS at sip-address, the same on both nodes; absent: there is none. The usual one is 5061"},
    {"TServer", "sip-udp-max-size", kApp, ZeroOrWhole(500, 65535, "octets", "1300"), kNow, kOwn,
     "a larger request of this server's goes by TCP, where its destination has not asked for UDP, and by UDP where TCP "
     "is refused; 0: by UDP, however large"},
    {"TServer", "sip-username", kPhone | kTrunk, Plain(kText), kNow, kOwn,
     "name that goes with the device's password; absent: the DN's number"},
    {"TServer", "sip-vip-script-down", kApp, Plain(kText), kNotYet, kGuide,
     "script that takes the virtual IP address down"},
    {"TServer", "sip-vip-script-up", kApp, Plain(kText), kNotYet, kGuide,
     "script that brings the virtual IP address up"},
    {"TServer", "sip-ws-port", kApp, Whole(1, 65535, "", ""), kNow, kOwn,
     "port for SIP over WebSocket at sip-address, the same on both nodes; absent: there is none"},
    {"TServer", "sip-wss-port", kApp, Whole(1, 65535, "", ""), kNow, kOwn,
     "the same over TLS, with node/sip-tls-cert: what a browser's page from https: needs"},
    {"TServer", "softswitch", kPhone, Plain(kText), kNow, kOwn,
     "Voice over IP Service DNs through which the DN is reached, with commas between, the first one that takes calls"},
    {"TServer", "switchover-on-msml-oos", kApp | kService, Boolean("false"), kNotYet, kGuide,
     "switches over when no media server answers"},
    {"TServer", "switchover-on-trunks-oos", kApp | kService, Boolean("false"), kNotYet, kGuide,
     "switches over when no trunk answers"},
    {"TServer", "tlib-nic-monitoring", kApp, Boolean("false"), kNotYet, kGuide,
     "watches the network card of the T-Library clients"},
    {"TServer", "vip-state-change-timeout", kApp, Whole(3, 60, "seconds", "10"), kNotYet, kGuide,
     "how long a virtual IP script may take"},
    {"TServer", "voicemail-server", kPhone | kTrunk, Boolean("false"), kNow, kOwn,
     "NOTIFYs of the device that no subscription has asked for say what messages wait for a DN (RFC 3842); phones and "
     "clients of that DN hear it"},

    {"backup-sync", "addp-remote-timeout", kApp, Seconds(50, 3'600'000, "1"), kNow, kGuide,
     "silence after which the peer takes the link to this node for dead; its own addp-timeout if less"},
    {"backup-sync", "addp-timeout", kApp, Seconds(50, 3'600'000, "1"), kNow, kGuide,
     "silence after which this node takes the link to the peer for dead; the peer's addp-remote-timeout if less"},
    {"backup-sync", "addp-trace", kApp, OneOf("off|local|remote|both", "off"), kNow, kTLibrary,
     "whose log has the heartbeats: this node's, the peer's"},
    {"backup-sync", "protocol", kApp, OneOf("addp|none", "addp"), kNow, kGuide,
     "how this node notices a dead peer; none: only by its connection's end"},
    {"backup-sync", "sync-reconnect-tout", kApp, Seconds(10, 3'600'000, "0.1"), kNow, kGuide,
     "time between two attempts to reach the peer again"},

    {"extrouter", "cof-feature", kApp, Boolean(""), kNotYet, kGuide,
     "finds the data of calls that overflow from another site"},
    {"extrouter", "default-network-call-id-matching", kApp, Plain(kText), kNotYet, kGuide,
     "sip: such calls are matched by their SIP identity"},

    {"node", "control", kNode, Plain(ValueKind::kSocketPath), kNow, kOwn,
     "Unix socket for understudyctl; absent: control in the journal's directory"},
    {"node", "dns-servers", kNode, Plain(kText), kNow, kOwn,
     "DNS servers, \"192.0.2.53, [2001:db8::53]:5353\", asked in this order; absent: those of the system"},
    {"node", "dns-timeout", kNode, Span(100, 30 * kSecond, "1s"), kNow, kOwn,
     "how long a DNS server may take the first time; each further try takes twice as long"},
    {"node", "dns-tries", kNode, Whole(1, 10, "tries", "2"), kNow, kOwn,
     "how often each DNS server is asked; in all at most 20 s of one server, for a lookup ends after so long"},
    {"node", "http-address", kNode, Plain(ValueKind::kListenAddress, "127.0.0.1"), kNow, kOwn,
     "address of the HTTP server"},
    {"node", "http-port", kNode, Whole(0, 65535, "", "8090"), kNow, kOwn,
     "port of the HTTP server (/healthz, /readyz, /metrics, /server); 0: none"},
    {"node", "name", kNode, Required(kText), kNow, kOwn,
     "name of this node in logs and metrics"},
    {"node", "service-down", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "program that is run when this node stops being the primary: takes the service address away"},
    {"node", "service-script-timeout", kNode, Span(1 * kSecond, 1 * kMinute, "10s"), kNow, kOwn,
     "time that each of the two programs has"},
    {"node", "service-up", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "program that is run when this node becomes the primary: brings the service address here"},
    {"node", "sip-tls-ca", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "certificates (PEM) that those of phones and gateways must be signed by, where this node connects to them; "
     "absent: theirs are not looked at"},
    {"node", "sip-tls-cert", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "own certificate for SIP over TLS, and its chain (PEM); read again on SIGHUP, as are the key and the CA"},
    {"node", "sip-tls-key", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "private key of the certificate (PEM)"},
    {"node", "sip-tls-mutual", kNode, Boolean("false"), kNow, kOwn,
     "whoever connects over TLS must show a certificate that sip-tls-ca has signed"},
    {"node", "sip-tls-target-name-check", kNode, Boolean("true"), kNow, kOwn,
     "with sip-tls-ca: the certificate of whom this node connects to must be of the domain that led there (RFC 5922), "
     "or of the address where none did"},
    {"node", "sip-tls-version", kNode, OneOf("1.2|1.3", "1.2"), kNow, kOwn,
     "lowest version of TLS"},
    {"node", "sip-ws-origins", kNode, Plain(kText), kNow, kOwn,
     "origins of the pages whose phones may connect by WebSocket, as \"https://crm.example.com\", with commas between; "
     "absent: any"},
    {"node", "socket-holder", kNode, Plain(ValueKind::kSocketPath), kNow, kOwn,
     "Unix socket of the socket holder, with both nodes on one host; absent: this node opens its SIP sockets"},
    {"node", "tlib-addp-timeout", kNode, Span(0, 1 * kHour, "10s"), kNow, kOwn,
     "silence after which a T-Library client's link is closed; clients say something so often; 0s: never"},
    {"node", "tlib-address", kNode, Plain(ValueKind::kListenAddress, "127.0.0.1"), kNow, kOwn,
     "address at which T-Library clients are listened for"},
    {"node", "tlib-port", kNode, Whole(0, 65535, "", "0"), kNow, kOwn,
     "TCP port for T-Library clients, at both nodes of a pair; 0: none"},
    {"node", "tlib-tls-ca", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "certificates (PEM) that a client's must be signed by; absent: clients need show none"},
    {"node", "tlib-tls-certificate", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "own certificate and its chain (PEM): clients speak TLS, at both ports; absent: none does"},
    {"node", "tlib-tls-key", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "private key of the certificate (PEM)"},
    {"node", "tlib-websocket-origins", kNode, Plain(kText), kNow, kOwn,
     "origins of the pages that may connect by WebSocket, as \"https://crm.example.com\", with commas between; "
     "absent: any"},
    {"node", "tlib-websocket-port", kNode, Whole(0, 65535, "", "0"), kNow, kOwn,
     "TCP port for T-Library clients that speak JSON over WebSocket; 0: none"},

    {"node.journal", "durability", kNode, OneOf("local-sync|durable|received", ""), kNow, kOwn,
     "what commits an entry: this node's disk; both nodes' disks; the backup's memory. "
     "The last two need a peer; absent: durable with a peer, otherwise local-sync"},
    {"node.journal", "low-space", kNode, Size(4 * kMiB, 1 * kTiB, "256MiB"), kNow, kOwn,
     "free space on its disk below which new calls are refused; a quarter of it is held back until then"},
    {"node.journal", "path", kNode, Required(ValueKind::kPath), kNow, kOwn,
     "directory of the journal, made when absent"},
    {"node.journal", "snapshot-interval", kNode, Span(1 * kSecond, 1 * kDay, "10m"), kNow, kOwn,
     "time between two snapshots of the state"},

    {"node.journal.retention", "max-age", kNode, Span(1 * kMinute, 3650 * kDay, "7d"), kNow, kOwn,
     "entries older than this may go"},
    {"node.journal.retention", "max-size", kNode, Size(8 * kMiB, 64 * kTiB, "20GiB"), kNow, kOwn,
     "oldest entries go when the journal is larger"},

    {"node.limits", "ban-after", kNode, Whole(0, 1'000'000, "failures a minute", "60"), kNow, kOwn,
     "wrong passwords, and malformed messages over connections, the last of which shuts out a source that is no "
     "Trunk's; 0: never"},
    {"node.limits", "ban-time", kNode, Span(1 * kSecond, 30 * kDay, "5m"), kNow, kOwn,
     "how long that lasts"},
    {"node.limits", "max-answers-per-source", kNode, Whole(0, 1'000'000, "answers a second", "1000"), kNow, kOwn,
     "challenges and refusals to one source that is no Trunk's; 0: no limit"},
    {"node.limits", "max-client-queue", kNode, Size(64 * kKiB, 16 * kMiB, "1MiB"), kNow, kOwn,
     "what may wait for one T-Library client to read; with more for 5 s its link is closed, and its session goes on "
     "over the next"},
    {"node.limits", "max-client-requests", kNode, Whole(1, 1'000'000, "requests a second", "1000"), kNow, kOwn,
     "of one T-Library client; beyond it the client is not read for a while"},
    {"node.limits", "max-clients", kNode, Whole(1, 1'000'000, "links", "10000"), kNow, kOwn,
     "links of T-Library clients at a time; more are closed at once"},
    {"node.limits", "max-clients-per-host", kNode, Whole(1, 1'000'000, "links", "5000"), kNow, kOwn,
     "of these, one host may have so many"},
    {"node.limits", "max-message-size", kNode, Size(4 * kKiB, 64 * kKiB, "64KiB"), kNow, kOwn,
     "largest SIP message"},
    {"node.limits", "max-messages-per-source", kNode, Whole(0, 1'000'000, "messages a second", "0"), kNow, kOwn,
     "SIP messages of one source that is no Trunk's, a host or an IPv6 network of 64 bits; 0: no limit"},
    {"node.limits", "max-tcp-connections", kNode, Whole(1, 1'000'000, "connections", "10000"), kNow, kOwn,
     "TCP connections at a time; more are closed at once; of SIP the last tenth is for Trunks and for those that this "
     "node makes"},
    {"node.limits", "max-tcp-connections-per-host", kNode, Whole(1, 1'000'000, "connections", ""), kNow, kOwn,
     "of these, one host that is no Trunk's may make so many; "
     "absent: a tenth of max-tcp-connections, but not below 200"},
    {"node.limits", "max-tls-handshakes-per-source", kNode, Whole(0, 1'000'000, "handshakes a second", "200"), kNow,
     kOwn, "SIP connections over TLS of one source that is no Trunk's; 0: no limit"},
    {"node.limits", "nonce-lifetime", kNode, Span(10 * kSecond, 1 * kDay, "5m"), kNow, kOwn,
     "how long a phone may sign its requests with what one challenge gave it; then it is asked anew"},
    {"node.limits", "overload-delay", kNode, Span(0, 2 * kSecond, "100ms"), kNow, kOwn,
     "how long messages may wait to be read, as a queue that stands, before a part of what begins something is refused "
     "(503); 0: none is for that"},
    {"node.limits", "tcp-idle-timeout", kNode, Span(1 * kSecond, 7 * kDay, "2h"), kNow, kOwn,
     "silence after which a TCP connection is closed; one that never said a whole message: after 10 s"},

    {"node.log", "file", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "file to append to; absent: standard error"},
    {"node.log", "format", kNode, OneOf("text|json", "text"), kNow, kOwn,
     "one line an event, for people or for programs"},
    {"node.log", "level", kNode, OneOf("debug|info|warning|error", "info"), kNow, kOwn,
     "least severity that is logged"},

    {"node.peer", "address", kNode, Required(ValueKind::kIpAddress), kNow, kOwn,
     "IP address of the other node"},
    {"node.peer", "listen-address", kNode, Required(ValueKind::kListenAddress), kNow, kOwn,
     "own address for the peer's connection"},
    {"node.peer", "listen-port", kNode, RequiredWhole(1, 65535), kNow, kOwn,
     "own TCP port for the peer's connection"},
    {"node.peer", "max-hold", kNode, Span(50, 1 * kMinute, "250ms"), kNow, kOwn,
     "how long effects may wait for the backup; then the primary goes on alone, unprotected"},
    {"node.peer", "on-witness-loss", kNode, OneOf("hold|alone", "hold"), kNow, kOwn,
     "a primary that has lost its peer and the witness: holds all effects, or serves alone. "
     "alone risks that both nodes serve"},
    {"node.peer", "peer-retention", kNode, Span(1 * kSecond, 3650 * kDay, "24h"), kNow, kOwn,
     "how long the log is kept for an absent peer; one that comes later is sent the whole state"},
    {"node.peer", "port", kNode, RequiredWhole(1, 65535), kNow, kOwn,
     "TCP port at which the other node listens"},
    {"node.peer", "redundancy-type", kNode, OneOf("hot-standby|warm-standby", "hot-standby"), kNow, kOwn,
     "the backup holds every call, or starts without any"},
    {"node.peer", "release-age", kNode, Span(200, 32 * kSecond, "2s"), kNow, kOwn,
     "effects older than this are not sent: their transaction's timers decide"},
    {"node.peer", "witness-loss-time", kNode, Span(500, 1 * kHour, "3s"), kNow, kOwn,
     "how long peer and witness must be gone before on-witness-loss: alone acts"},

    {"node.peer.tls", "ca", kNode, Required(ValueKind::kPath), kNow, kOwn,
     "certificates (PEM) that the peer's must be signed by"},
    {"node.peer.tls", "certificate", kNode, Required(ValueKind::kPath), kNow, kOwn,
     "own certificate and its chain (PEM)"},
    {"node.peer.tls", "key", kNode, Required(ValueKind::kPath), kNow, kOwn,
     "private key of the certificate (PEM)"},
    {"node.peer.tls", "name", kNode, Plain(ValueKind::kHost), kNow, kOwn,
     "DNS name or IP address that the peer's certificate must have; absent: its address"},

    {"node.quarantine", "path", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "directory for inputs that made the server crash; absent: quarantine in the journal's directory"},
    {"node.quarantine", "time", kNode, Span(1 * kSecond, 1 * kDay, "10m"), kNow, kOwn,
     "how long such an input is dropped"},

    {"node.witness", "endpoints", kNode, RequiredUrls(9), kNow, kOwn,
     "addresses of the one arbiter, or of etcd's members"},
    {"node.witness", "key", kNode, Plain(kText), kNow, kOwn,
     "key of the register in etcd; absent: /understudy/ and the switch's name"},
    {"node.witness", "password", kNode, Plain(ValueKind::kSecret), kNow, kOwn,
     "of the user, for etcd"},
    {"node.witness", "timeout", kNode, Span(100, 1 * kMinute, "1s"), kNow, kOwn,
     "how long one request to the witness may take"},
    {"node.witness", "type", kNode, OneOf("arbiter|etcd", "arbiter"), kNow, kOwn,
     "who keeps the register of the primary"},
    {"node.witness", "user", kNode, Plain(kText), kNow, kOwn,
     "name to log in to etcd with"},

    {"node.witness.tls", "ca", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "certificates (PEM) that the witness's must be signed by; needed for https"},
    {"node.witness.tls", "certificate", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "own certificate (PEM), for a witness that asks for one"},
    {"node.witness.tls", "key", kNode, Plain(ValueKind::kPath), kNow, kOwn,
     "private key of the certificate (PEM)"},

    {"sipproxy", "applications", kApp, Plain(kText), kNotYet, kGuide,
     "primary servers that a SIP proxy knows"},
    {"sipproxy", "oos-check", kApp, Whole(0, 3600, "seconds", "5"), kNotYet, kGuide,
     "interval of the proxy's checks"},
    {"sipproxy", "oos-force", kApp, Whole(0, 3600, "seconds", "5"), kNotYet, kGuide,
     "the same while it does not know the primary"},
    {"sipproxy", "servicing-sipserver", kApp, Plain(kText), kNotYet, kGuide,
     "server that gets all requests"},
    {"sipproxy", "sipproxy-role", kApp, Whole(0, 100, "", "10"), kNotYet, kGuide,
     "role of the proxy"},
};
// clang-format on

}  // namespace

std::string LevelsText(Levels levels) {
  std::vector<absl::string_view> words;
  if ((levels & kNodeLevel) != 0) words.push_back("node");
  if ((levels & kApplicationLevel) != 0) words.push_back("pair");
  size_t others = words.size();
  for (absl::string_view name : DnTypeNames()) {
    if ((levels & LevelOf(*DnTypeFromName(name))) != 0) words.push_back(name);
  }
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : (i + 1 == words.size() ? " and " : ", "), words[i]);
  }
  if (words.size() > others) absl::StrAppend(&text, " DNs");
  return text;
}

std::string OptionRow::FullName() const {
  return absl::StrCat(section, "/", name);
}

absl::Span<const OptionRow> OptionTable() {
  return kTable;
}

const OptionRow* FindOption(absl::string_view section, absl::string_view name) {
  auto before = [](const OptionRow& row, const std::pair<absl::string_view, absl::string_view>& key) {
    return std::tie(row.section, row.name) < std::tie(key.first, key.second);
  };
  const OptionRow* row = std::lower_bound(std::begin(kTable), std::end(kTable), std::make_pair(section, name), before);
  bool found = row != std::end(kTable) && row->section == section && row->name == name;
  return found ? row : nullptr;
}

std::vector<absl::string_view> OptionNames(absl::string_view section, Levels levels) {
  std::vector<absl::string_view> names;
  for (const OptionRow& row : kTable) {
    if (row.section == section && (row.levels & levels) != 0) names.push_back(row.name);
  }
  return names;
}

std::vector<absl::string_view> SectionNames(Levels levels) {
  std::vector<absl::string_view> names;
  for (const OptionRow& row : kTable) {
    if ((row.levels & levels) == 0) continue;
    if (names.empty() || names.back() != row.section) names.push_back(row.section);
  }
  return names;
}

}  // namespace understudy::daemon
