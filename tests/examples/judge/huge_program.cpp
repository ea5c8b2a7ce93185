// CE: a program of 16 GiB
char table[1ULL << 34] = {1};
int main() {}
