// AC: needs the settings of the host's Java
public class Main {
    public static void main(String[] arguments) throws Exception {
        System.in.transferTo(System.out);
    }
}
