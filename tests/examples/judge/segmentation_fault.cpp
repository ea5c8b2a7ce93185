// RE: writes where nothing is
int main() {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
}
