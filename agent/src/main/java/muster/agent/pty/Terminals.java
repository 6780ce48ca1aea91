package muster.agent.pty;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.Optional;

/// Opens terminals, in the best way that this host and JDK have.
public final class Terminals {
  /// `script` forbids the way by the C library.
  public static final String PROPERTY = "muster.terminal";

  private static final int FIRST_WITH_FOREIGN_FUNCTIONS = 22;

  private final Path home;
  private final Marks marks;

  /// @param home where shells start
  public Terminals(Path home, Marks marks) {
    this.home = home;
    this.marks = marks;
  }

  /// A way to open terminals.
  interface Way {
    Terminal open(Shell shell) throws IOException;
  }

  /// The path of the shell that [#open] starts.
  public String shell() {
    return Shell.program(System.getenv());
  }

  /// Starts the agent user's shell.
  public Terminal open(Size size) throws IOException {
    Shell shell = Shell.ofUser(home, System.getenv(), size);
    Terminal opened = Library.WAY.orElse(ScriptTerminal::open).open(shell);
    marks.add(opened.session());
    return opened;
  }

  /// Waits until nothing is left on a terminal that was hung up, and sees to that.
  public void clear(Terminal terminal) throws InterruptedException {
    Leftovers.remove(terminal.session());
    marks.remove(terminal.session());
  }

  /// Found once, when the first terminal is opened: it costs a tenth of a second.
  private static final class Library {
    static final Optional<Way> WAY = find();

    private static Optional<Way> find() {
      if (Runtime.version().feature() < FIRST_WITH_FOREIGN_FUNCTIONS
          || "script".equals(System.getProperty(PROPERTY))) {
        return Optional.empty();
      }
      try {
        Class<?> found = Class.forName("muster.agent.pty.NativeTerminals");
        return Optional.of((Way) found.getDeclaredConstructor().newInstance());
      } catch (InvocationTargetException e) {
        // Another C library, or another processor, than those we know.
        return Optional.empty();
      } catch (ReflectiveOperationException e) {
        return Optional.empty();
      }
    }
  }
}
