// Which destinations lie in which, as far as their texts tell.

#include "support/catch.hpp"

#include <cellos/policy/destination.hpp>

#include <string>

using cellos::policy::covers_host;
using cellos::policy::is_host_pattern;

TEST_CASE("A pattern for hosts is what a document may have, or a star before a name") {
    for (const char* good : {"a", "a.example", "*.example.org", "10.0.0.1", "::1", "10.0.0.0/8"})
        CHECK(is_host_pattern(good));
    for (const char* bad :
         {"", "*", "*.", "*example.org", "a.*.org", "**.org", "*.10.0.0.1", "10.0.0.0/33", "a..b"})
        CHECK_FALSE(is_host_pattern(bad));
}

TEST_CASE("A host is covered by itself, a star before its domain, or a block that holds it") {
    struct Row {
        std::string allowed, asked;
    };
    const auto covered = GENERATE(values<Row>({
        {"example.org", "example.org"},
        {"example.org", "EXAMPLE.org"},
        {"*.example.org", "a.example.org"},
        {"*.example.org", "a.b.Example.org"},
        {"*.example.org", "*.example.org"},
        {"*.example.org", "*.a.example.org"},
        {"10.1.2.3", "10.1.2.3"},
        {"10.1.2.3", "10.1.2.3/32"},
        {"10.0.0.0/8", "10.255.0.1"},
        {"10.0.0.0/8", "10.4.0.0/14"},
        {"10.9.9.9/8", "10.1.1.1"},
        {"0.0.0.0/0", "8.8.8.8"},
        {"10.0.0.0/8", "::ffff:10.1.2.3"},
        {"2001:db8::/32", "2001:db8:1::5"},
        {"2001:DB8::/32", "2001:0db8:ffff:0:0:0:0:0/64"},
        {"::1", "0:0:0:0:0:0:0:1"},
        {"::/0", "fe80::1"},
    }));
    CAPTURE(covered.allowed, covered.asked);
    CHECK(covers_host(covered.allowed, covered.asked));
}

TEST_CASE("A host is not covered by what is only like it") {
    struct Row {
        std::string allowed, asked;
    };
    const auto other = GENERATE(values<Row>({
        {"example.org", "a.example.org"},
        {"example.org", "*.example.org"},
        {"example.org", "example.org.evil.net"},
        {"*.example.org", "example.org"},
        {"*.example.org", "aexample.org"},
        {"*.example.org", ".example.org"},
        {"*.example.org", "*.org"},
        {"10.1.2.3", "10.1.2.4"},
        {"10.1.2.3", "10.1.2.3/31"},
        {"10.0.0.0/8", "11.0.0.0"},
        {"10.0.0.0/8", "10.0.0.0/7"},
        {"10.0.0.0/8", "0.0.0.0/0"},
        {"0.0.0.0/0", "::"},
        {"0.0.0.0/0", "example.org"},
        {"::/0", "8.8.8.8"},
        {"::/0", "::ffff:8.8.8.8"},
        {"10.0.0.0/8", "::ffff:11.0.0.0"},
        {"::ffff:0:0/96", "::fffe:1.2.3.4"},
        {"2001:db8::/32", "2001:db9::"},
        {"2001:db8::/32", "2001:db8::/31"},
        {"", "a"},
        {"*", "a"},
    }));
    CAPTURE(other.allowed, other.asked);
    CHECK_FALSE(covers_host(other.allowed, other.asked));
}
