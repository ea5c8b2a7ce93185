// CE: no such function
int main() {
    return undeclared(1);
}
