// What cellos-run leaves behind for others to look at: reports, traces, events.
#include "examples/program.hpp"
#include "support/catch.hpp"
#include "support/lines_of.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/os/tool.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace cellos_test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* document = R"({"apiVersion":"cellos.io/v1","kind":"ExecutionCell","spec":{
    "id":"watched","run":{"argv":["sh","-c","echo from the command; exit 3"]},
    "authority":{},"lifetime":{"ttlSeconds":60}}})";

void write_lines(const std::filesystem::path& path, const Lines& lines) {
    std::ofstream file{path};
    for (const std::string& line : lines) file << line << '\n';
}

// A pair of keys made as the help of the library says.
struct Keys {
    explicit Keys(const TemporaryDirectory& directory)
        : secret{(directory.path() / "signing.pem").native()},
          open{(directory.path() / "public.pem").native()} {
        using namespace cellos;
        const auto openssl = [](std::vector<std::string> arguments) {
            arguments.insert(arguments.begin(), "openssl");
            const auto end = os::run_tool(
                {.program = "/usr/bin/openssl", .argv = std::move(arguments)},
                os::Clock::now() + std::chrono::seconds{30}
            );
            return end && end->status.value == 0;
        };
        made = openssl({"genpkey", "-algorithm", "ed25519", "-out", secret}) &&
               openssl({"pkey", "-in", secret, "-pubout", "-out", open});
    }
    std::string secret, open;
    bool made = false;
};

} // namespace

TEST_CASE("Option --watch shows the phases in lines of their own, beside what the command writes") {
    const auto end = cellos_run({"--watch", "-"}, document);
    CHECK(end.code == 3);
    CHECK(end.output == "from the command\n");
    std::size_t at = 0;
    for (const char* phase : {"admit", "create", "started", "runsc run", "run", "destroy"}) {
        const auto found = end.errors.find(std::string{phase} + "  ", at);
        CAPTURE(phase, end.errors);
        REQUIRE(found != std::string::npos);
        at = found;
    }
    CHECK(end.errors.find('\x1b') == std::string::npos);
}

TEST_CASE("Option --report writes the whole report as JSON, also of what never ran") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "report.json";
    CHECK(cellos_run({"--report", path.native(), "-"}, document).code == 3);
    const Json report = Json::parse(lines_of(path).at(0));
    CHECK(report.at("cellId") == "watched");
    CHECK(report.at("outcome") == "failed");
    CHECK(report.at("executedOn") == "cell");
    CHECK(report.at("exit") == Json{{"kind", "exited"}, {"code", 3}});
    CHECK(report.at("teardown").at("destroyed") == true);
    CHECK(report.at("phases").size() >= 5);
    CHECK(report.at("boot") == Json{{"kind", "cold"}});

    CHECK(cellos_run({"--report", path.native(), "-"}, "{}").code == 125);
    CHECK(Json::parse(lines_of(path).at(0)).at("error").at("kind") == "invalidSpec");
}

TEST_CASE("Option --trace writes a file in which the call of runsc lies inside the phase") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "trace.json";
    CHECK(cellos_run({"--trace", path.native(), "-"}, document).code == 3);
    std::ifstream file{path};
    std::map<int, std::vector<std::string>> tracks;
    std::set<std::string> seen;
    for (const Json& event : Json::parse(file)) {
        auto& open = tracks[event.at("tid")];
        if (event.at("ph") == "B") {
            open.push_back(event.at("name"));
            std::string place;
            for (const auto& name : open) place += '/' + name;
            seen.insert(place);
        } else if (event.at("ph") == "E") {
            REQUIRE_FALSE(open.empty());
            open.pop_back();
        }
    }
    CHECK(tracks.size() == 3); // the file itself, the cell, and what is asked once for all cells
    for (const auto& [track, open] : tracks) CHECK(open.empty());
    for (const char* place :
         {"/admit", "/create", "/runsc flags", "/run", "/run/runsc run", "/destroy"}) {
        CAPTURE(place);
        CHECK(seen.contains(place));
    }
}

TEST_CASE(
    "Option --verify-events accepts what cellos-run wrote, and tells by its line what was changed"
) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    const auto verify = [&] { return cellos_run({"--verify-events", path.native()}); };
    CHECK(verify().code == 125); // there is no such file
    for (int i = 0; i < 2; ++i)
        CHECK(cellos_run({"--events", path.native(), "-"}, document).code == 3);
    const auto good = verify();
    CHECK(good.code == 0);
    CHECK(good.errors.empty());
    CHECK(good.output == path.native() + ": 10 events of 2 cells, 0 signed: complete and legal\n");

    const Lines lines = lines_of(path);
    REQUIRE(lines.size() == 10);
    const auto found = [&](const Lines& changed) {
        write_lines(path, changed);
        const auto end = verify();
        CHECK(end.code == 1);
        CHECK_THAT(end.output, ContainsSubstring("NOT to be relied on"));
        return end.errors;
    };
    Lines swapped = lines;
    std::swap(swapped[1], swapped[2]);
    CHECK_THAT(
        found(swapped),
        ContainsSubstring("events.jsonl:2: urn:cellos:cell:watched: is not event 2 of its cell")
    );
    Lines cut = lines;
    cut.pop_back();
    CHECK_THAT(
        found(cut), ContainsSubstring("events.jsonl:9: urn:cellos:cell:watched: is the cell's")
    );
    Lines edited = lines;
    edited[7].replace(edited[7].find("\"exitCode\":3"), 12, "\"exitCode\":0");
    CHECK_THAT(found(edited), ContainsSubstring("events.jsonl:9: urn:cellos:cell:watched: tells"));
    Lines broken = lines;
    broken[4] = "{";
    CHECK_THAT(found(broken), ContainsSubstring("events.jsonl:5: is no event"));
    CHECK_THAT(found({}), ContainsSubstring("holds no events"));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CAPTURE(i);
        Lines one = lines;
        one.erase(one.begin() + static_cast<std::ptrdiff_t>(i));
        found(one);
        // Where nothing but the checksum tells.
        one = lines;
        one[i].replace(one[i].find("\"time\":\"20"), 10, "\"time\":\"19");
        CHECK_THAT(
            found(one),
            ContainsSubstring(
                "events.jsonl:" + std::to_string(i + 1) +
                ": urn:cellos:cell:watched: was changed: its checksum is of another text"
            )
        );
        // The two lives could have been written in this order.
        if (i == 4 || i + 1 == lines.size()) continue;
        one = lines;
        std::swap(one[i], one[i + 1]);
        found(one);
    }

    // Two lives, mixed as two processes would mix them.
    Lines mixed;
    for (std::size_t i = 0; i < 5; ++i) mixed.insert(mixed.end(), {lines[i], lines[i + 5]});
    write_lines(path, mixed);
    CHECK(verify().code == 0);
}

TEST_CASE("Option --sign-key signs, and --verify-events --key finds whatever was done since") {
    const TemporaryDirectory directory;
    const Keys keys{directory};
    const auto path = directory.path() / "events.jsonl";
    if (!keys.made) CELLOS_SKIP("needs openssl");
    for (int i = 0; i < 2; ++i)
        CHECK(
            cellos_run({"--events", path.native(), "--sign-key", keys.secret, "-"}, document)
                .code == 3
        );
    const auto verify = [&](std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"--verify-events", path.native()});
        return cellos_run(more);
    };
    const auto with_key = [&] { return verify({"--key", keys.open}); };
    CHECK(with_key().code == 0);
    CHECK_THAT(with_key().output, ContainsSubstring("10 signed: complete and legal"));
    CHECK(verify().code == 0);
    CHECK_THAT(verify().errors, ContainsSubstring("nobody looked at the signatures"));
    CHECK(verify({"--key", "/no/such/key"}).code == 125);
    CHECK(verify({"--key", keys.secret}).code == 125);

    const Lines lines = lines_of(path);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        CAPTURE(i);
        Lines deleted = lines;
        deleted.erase(deleted.begin() + static_cast<std::ptrdiff_t>(i));
        write_lines(path, deleted);
        CHECK(with_key().code == 1);
        Lines edited = lines;
        edited[i].replace(edited[i].find("\"time\":\"20"), 10, "\"time\":\"19");
        write_lines(path, edited);
        CHECK(with_key().code == 1);
    }
}

TEST_CASE("With a key that others can read, or none at all, nothing runs") {
    const TemporaryDirectory directory;
    const Keys keys{directory};
    if (!keys.made) CELLOS_SKIP("needs openssl");
    std::filesystem::permissions(keys.secret, std::filesystem::perms{0644});
    const auto path = (directory.path() / "events.jsonl").native();
    for (const auto& key : {keys.secret, keys.open, std::string{"/no/such/key"}}) {
        const auto end = cellos_run({"--events", path, "--sign-key", key, "-"}, document);
        CHECK(end.code == 125);
        CHECK(end.output.empty());
        CHECK_THAT(end.errors, ContainsSubstring(key));
        CHECK(lines_of(path).empty());
    }
}

TEST_CASE("A secret never stands in the events, whatever the document makes of it") {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "events.jsonl";
    Json careless = Json::parse(document);
    careless["spec"]["authority"]["secretRefs"] = {"TOKEN"};
    careless["spec"]["run"]["argv"] = {"hunter2hunter2"};
    Program program{
        .arguments = {"--secret", "TOKEN", "--events", path.native(), "-"},
        .input = careless.dump(),
        .environment = {"PATH=/usr/bin:/bin", "TOKEN=hunter2hunter2"}};
    if (const char* runsc = std::getenv("CELLOS_TEST_RUNSC"))
        program.arguments.insert(program.arguments.begin(), {"--runsc", runsc});
    CHECK(program.run().code == 127);
    const Lines lines = lines_of(path);
    CHECK(lines.size() == 7);
    for (const std::string& line : lines) CHECK(line.find("hunter2") == std::string::npos);
    CHECK(cellos_run({"--verify-events", path.native()}).code == 0);
}
