// RE: an exception
public class Main {
    public static void main(String[] arguments) {
        System.out.println(new int[3][arguments.length].length / arguments.length);
    }
}
