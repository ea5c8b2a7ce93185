#include <cellos/testing.hpp>

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace {

/// Knows its cells by a running number.
class Backend {
public:
    static constexpr std::string_view name = "mine";

    cellos::Result<cellos::CellHandle> create(const cellos::ExecutionCellDocument& document) {
        if (document.spec.id.empty())
            return cellos::failure(
                cellos::CellosError::Kind::InvalidSpec, "spec.id must be non-empty"
            );
        const std::lock_guard lock{mutex_};
        cellos::CellHandle cell{.cell_id = document.spec.id};
        cell.instance = std::to_string(++last_);
        cells_.insert(cell.instance);
        return cell;
    }

    cellos::Result<cellos::TeardownReport> destroy(const cellos::CellHandle& cell) {
        const std::lock_guard lock{mutex_};
        if (cells_.erase(cell.instance) == 0)
            return cellos::failure(cellos::CellosError::Kind::UnknownCell, cell.cell_id);
        return cellos::TeardownReport{cell.cell_id, true, cells_.size()};
    }

private:
    std::mutex mutex_;
    int last_ = 0;
    std::set<std::string> cells_;
};

} // namespace

TEST_CASE("My backend keeps the laws of backends") {
    // Neither copied nor moved: the laws need no more than the concept asks for.
    cellos::testing::backend_laws([] { return Backend{}; });
}
