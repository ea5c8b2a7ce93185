#include "verify.hpp"

#include "complain.hpp"
#include "exit_code.hpp"
#include "read_text.hpp"

#include <cellos/core/visible.hpp>
#include <cellos/evidence/audit.hpp>
#ifdef CELLOS_HAS_OPENSSL
#include <cellos/openssl/ed25519.hpp>
#include <cellos/openssl/sha256.hpp>
#endif

#include <cstddef>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>

namespace cellos_run {

namespace {

cellos::Result<cellos::EventAudit::Options> audit_options(const Options& options) {
    cellos::EventAudit::Options audit;
#ifdef CELLOS_HAS_OPENSSL
    audit.sha256 = cellos::openssl_sha256();
    if (options.key) {
        const auto pem = read_text(options.key->native(), std::size_t{1} << 16);
        if (!pem) return failure_of(pem);
        const auto key = cellos::Ed25519PublicKey::from_pem(*pem);
        if (!key) return failure_of(key);
        audit.signature = key->check();
    }
    return audit;
#else
    if (!options.key) return audit;
    return cellos::failure(
        cellos::CellosError::Kind::EventSink, "this cellos-run was built without OpenSSL"
    );
#endif
}

std::string counted(std::size_t count, const char* noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

} // namespace

int verify_events(const Options& options) {
    auto chosen = audit_options(options);
    if (!chosen) {
        complain(chosen.error().what());
        return exit_code::cellos_failed;
    }
    const std::string& path = options.events->native();
    std::ifstream file{path};
    cellos::EventAudit audit{*std::move(chosen)};
    for (std::string line; std::getline(file, line);) audit.line(line);
    if (!file.eof()) {
        complain("cannot be read", path);
        return exit_code::cellos_failed;
    }
    const cellos::AuditReport report = std::move(audit).finish();

    for (const auto& [line, subject, message] : report.findings) {
        const std::string cell = subject.empty() ? std::string{} : cellos::visible(subject) + ": ";
        complain(cell + message, path + ':' + std::to_string(line));
    }
    if (report.events == 0) complain("holds no events", path);
    if (report.signed_events > 0 && !options.key)
        complain("nobody looked at the signatures: that takes --key", path);
    const bool good = report.findings.empty() && report.events > 0;
    std::cout << cellos::visible(path) << ": " << counted(report.events, "event") << " of "
              << counted(report.lives, "cell") << ", " << report.signed_events
              << " signed: " << (good ? "complete and legal" : "NOT to be relied on") << '\n';
    return good ? 0 : 1;
}

} // namespace cellos_run
