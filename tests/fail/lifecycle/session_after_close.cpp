// EXPECT clang++: is in the 'consumed' state [-Werror,-Wconsumed]
#include "../case.hpp"

// A session that was closed takes no more commands.
auto use(cellos::Session session) {
    static_cast<void>(std::move(session).close());
#ifdef VIOLATION
    static_cast<void>(session.run({}));
#endif
}
