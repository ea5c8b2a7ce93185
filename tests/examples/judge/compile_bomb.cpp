// CE: a short source that doubles forty times
#define A(...) __VA_ARGS__, __VA_ARGS__
#define B(...) A(A(A(A(__VA_ARGS__))))
int table[] = {B(B(B(B(B(B(B(B(B(B(1))))))))))};
int main() {}
