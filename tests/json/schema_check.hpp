// Checks JSON against a JSON Schema, where valijson is there to do it.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#if __has_include(<valijson/validator.hpp>)

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace cellos::test {

inline constexpr bool can_check_schemas = true;

class SchemaCheck {
public:
    explicit SchemaCheck(const nlohmann::json& schema) {
        valijson::SchemaParser parser{valijson::SchemaParser::kDraft7};
        parser.populateSchema(valijson::adapters::NlohmannJsonAdapter{schema}, schema_);
    }

    /// What is wrong with `document`; empty if nothing is.
    std::string operator()(const nlohmann::json& document) const {
        valijson::Validator validator{valijson::Validator::kStrongTypes};
        valijson::ValidationResults results;
        validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter{document}, &results);
        std::string text;
        for (const valijson::ValidationResults::Error& error : results) {
            for (const std::string& step : error.context) text += step;
            text += ": " + error.description + '\n';
        }
        return text;
    }

private:
    valijson::Schema schema_;
};

} // namespace cellos::test

#else

namespace cellos::test {

inline constexpr bool can_check_schemas = false;

class SchemaCheck {
public:
    explicit SchemaCheck(const nlohmann::json&) {}
    std::string operator()(const nlohmann::json&) const { return {}; }
};

} // namespace cellos::test

#endif
