// The JSON Schema of the OCI runtime specification, where it and valijson are there.
#pragma once

#ifdef CELLOS_OCI_SCHEMA_DIR

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace cellos_tests {

class OciSchema {
public:
    OciSchema() {
        // Every $ref leads to a file beside this one.
        const auto fetch = [](const std::string& uri) {
            return std::make_unique<nlohmann::json>(read(uri.substr(uri.rfind('/') + 1))).release();
        };
        const auto release = [](const nlohmann::json* document) {
            std::unique_ptr<const nlohmann::json>{document};
        };
        const nlohmann::json root = read("config-schema.json");
        valijson::SchemaParser{}.populateSchema(
            valijson::adapters::NlohmannJsonAdapter{root}, schema_, fetch, release
        );
    }

    /// What is wrong with `config`; empty if it is valid.
    [[nodiscard]] std::string violations(const nlohmann::json& config) const {
        valijson::ValidationResults results;
        valijson::Validator{}.validate(
            schema_, valijson::adapters::NlohmannJsonAdapter{config}, &results
        );
        std::string text;
        valijson::ValidationResults::Error error;
        while (results.popError(error)) {
            for (const std::string& step : error.context) text += step;
            text += ": " + error.description + '\n';
        }
        return text;
    }

private:
    [[nodiscard]] static nlohmann::json read(const std::string& name) {
        std::ifstream file{CELLOS_OCI_SCHEMA_DIR "/" + name};
        if (!file) throw std::runtime_error{"no schema " + name};
        nlohmann::json schema = nlohmann::json::parse(file);
        // valijson reads this bound, 2^64 - 1, as -1.
        if (name == "defs.json") schema["definitions"]["uint64"].erase("maximum");
        return schema;
    }

    valijson::Schema schema_;
};

} // namespace cellos_tests

#endif
