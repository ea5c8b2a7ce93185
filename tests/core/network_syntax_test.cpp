#include "support/catch.hpp"

#include <cellos/core/network_syntax.hpp>

#include <string>
#include <string_view>

namespace {

const std::string longest_label(63, 'a');
const std::string longest_host_name =
    longest_label + '.' + longest_label + '.' + longest_label + '.' + std::string(61, 'a');

enum class Host { None, Name, Ipv4, Ipv6, Cidr };

struct Case {
    std::string text;
    Host is;
};

} // namespace

TEST_CASE("A host is a name, an address or a block, and only one of them") {
    const auto [text, is] = GENERATE(values<Case>({
        {"example.org", Host::Name},
        {"localhost", Host::Name},
        {"x-1.EXAMPLE", Host::Name},
        {"1.example", Host::Name},
        {"xn--bcher-kva.example", Host::Name},
        {longest_host_name, Host::Name},
        {longest_host_name + 'a', Host::None},
        {longest_label + "a.org", Host::None},
        {"", Host::None},
        {".", Host::None},
        {"example.org.", Host::None},
        {"a..b", Host::None},
        {"-a.org", Host::None},
        {"a-.org", Host::None},
        {"a_b.org", Host::None},
        {"*.example.org", Host::None},
        {"https://example.org", Host::None},
        {"example.org:443", Host::None},
        {"b\xC3\xBC"
         "cher.example",
         Host::None},
        {std::string{"a\0b", 3}, Host::None},

        {"0.0.0.0", Host::Ipv4},
        {"192.0.2.255", Host::Ipv4},
        {"192.0.2.256", Host::None},
        {"1.2.3", Host::None},
        {"1.2.3.4.5", Host::None},
        {"010.0.0.1", Host::None},
        {"1.2.3.", Host::None},
        {"1.2.3.-4", Host::None},
        {"1.2.3.1000", Host::None},
        {"3232235777", Host::None},

        {"::", Host::Ipv6},
        {"::1", Host::Ipv6},
        {"1::", Host::Ipv6},
        {"2001:db8::1", Host::Ipv6},
        {"1:2:3:4:5:6:7:8", Host::Ipv6},
        {"1:2:3:4:5:6:7::", Host::Ipv6},
        {"ABCD:ef01::", Host::Ipv6},
        {"::ffff:192.0.2.1", Host::Ipv6},
        {"64:ff9b::192.0.2.1", Host::Ipv6},
        {"1:2:3:4:5:6:192.0.2.1", Host::Ipv6},
        {"1:2:3:4:5:6:7", Host::None},
        {"1:2:3:4:5:6:7:8:9", Host::None},
        {"1:2:3:4:5:6:7:8::", Host::None},
        {"1:2:3:4:5:6:7:192.0.2.1", Host::None},
        {"1::2::3", Host::None},
        {":::", Host::None},
        {":1::", Host::None},
        {"1:", Host::None},
        {":1:2:3:4:5:6:7", Host::None},
        {"12345::", Host::None},
        {"g::", Host::None},
        {"192.0.2.1::", Host::None},
        {"::192.0.2.1:1", Host::None},
        {"::192.0.2", Host::None},
        {"fe80::1%eth0", Host::None},
        {"[::1]", Host::None},

        {"10.0.0.0/8", Host::Cidr},
        {"0.0.0.0/0", Host::Cidr},
        {"192.0.2.1/32", Host::Cidr},
        {"2001:db8::/32", Host::Cidr},
        {"::/128", Host::Cidr},
        {"10.0.0.0/33", Host::None},
        {"::/129", Host::None},
        {"10.0.0.0/", Host::None},
        {"10.0.0.0/08", Host::None},
        {"10.0.0.0/-1", Host::None},
        {"10.0.0.0/8/8", Host::None},
        {"/8", Host::None},
        {"example.org/8", Host::None},
    }));
    CAPTURE(text);
    CHECK(cellos::is_host_name(text) == (is == Host::Name));
    CHECK(cellos::is_ipv4_address(text) == (is == Host::Ipv4));
    CHECK(cellos::is_ipv6_address(text) == (is == Host::Ipv6));
    CHECK(cellos::is_cidr_block(text) == (is == Host::Cidr));
    CHECK(cellos::is_egress_host(text) == (is != Host::None));
}
