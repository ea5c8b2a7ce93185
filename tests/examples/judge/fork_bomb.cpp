// TLE: no further process can be made, and those that are there go on
#include <unistd.h>

int main() {
    for (;;) fork();
}
