// CE: no such method
public class Main {
    public static void main(String[] arguments) {
        undeclared();
    }
}
