// TLE: needs no processor time, and never ends
#include <unistd.h>

int main() {
    for (;;) pause();
}
