package muster.it.crash;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// A place in a program's code where its process ends as by `kill -9`.
///
/// @param type the class
/// @param method all methods of that name
/// @param atExit before each return instead of at the beginning
/// @param pass the how-manieth time, from 1
record KillPoint(Class<?> type, String method, boolean atExit, int pass) {
  static KillPoint entering(Class<?> type, String method) {
    return new KillPoint(type, method, false, 1);
  }

  static KillPoint leaving(Class<?> type, String method) {
    return new KillPoint(type, method, true, 1);
  }

  KillPoint at(int newPass) {
    return new KillPoint(type, method, atExit, newPass);
  }

  /// What the program must be started with.
  String flag(Path agentJar) {
    return "-javaagent:%s=%s,%s,%s,%d".formatted(agentJar, type.getName(), method, atExit, pass);
  }

  /// Packs [Killer] as the virtual machine wants it.
  static Path agentJar(Path directory) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", Killer.class.getName());
    Path jar = directory.resolve("killer.jar");
    String name = Killer.class.getName().replace('.', '/') + ".class";
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest);
        InputStream code = Killer.class.getResourceAsStream("/" + name)) {
      out.putNextEntry(new JarEntry(name));
      if (code == null) {
        throw new IOException(name + " is not on the class path");
      }
      code.transferTo(out);
    }
    return jar;
  }

  @Override
  public String toString() {
    return "%s %s.%s, pass %d"
        .formatted(atExit ? "leaving" : "entering", type.getSimpleName(), method, pass);
  }
}
