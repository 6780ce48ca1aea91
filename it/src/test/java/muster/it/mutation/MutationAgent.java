package muster.it.mutation;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jspecify.annotations.Nullable;

/// Gives the running JVM other bodies for its methods.
public final class MutationAgent {
  private static volatile @Nullable Instrumentation instrumentation;

  private MutationAgent() {}

  /// Called by the JVM that is attached to.
  public static void agentmain(String args, Instrumentation given) {
    instrumentation = given;
  }

  /// A program: attaches the agent in a jar to the JVM of that process id. A JVM does not attach to
  /// itself.
  public static void main(String[] pidAndJar) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(pidAndJar[0]);
    machine.loadAgent(pidAndJar[1]);
    machine.detach();
  }

  /// Attaches to this JVM.
  static void attach() throws IOException, InterruptedException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.putValue("Agent-Class", MutationAgent.class.getName());
    attributes.putValue("Can-Redefine-Classes", "true");
    Path jar = Files.createTempFile("mutation", ".jar");
    try {
      try (OutputStream file = Files.newOutputStream(jar)) {
        new JarOutputStream(file, manifest).close();
      }
      int exit =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  MutationAgent.class.getName(),
                  Long.toString(ProcessHandle.current().pid()),
                  jar.toString())
              .inheritIO()
              .start()
              .waitFor();
      if (exit != 0) {
        throw new IllegalStateException("can't attach: " + exit);
      }
    } finally {
      Files.delete(jar);
    }
  }

  static void redefine(String className, byte[] bytes) throws Exception {
    Objects.requireNonNull(instrumentation)
        .redefineClasses(new ClassDefinition(Class.forName(className), bytes));
  }
}
