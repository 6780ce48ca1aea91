package muster.it.rules;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The classes of Muster's modules as the compiler left them, and which packages each package uses.
final class CompiledClasses {
  private static final Pattern CLASS_IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+)[;<]");

  private CompiledClasses() {}

  /// For each package of Muster outside of tests, the packages it uses, itself excepted.
  static Map<String, Set<String>> uses() {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (byte[] bytes : all()) {
      ClassModel model = ClassFile.of().parse(bytes);
      String from = packageOf(model.thisClass().asInternalName());
      Set<String> to = uses.computeIfAbsent(from, name -> new TreeSet<>());
      for (PoolEntry entry : model.constantPool()) {
        switch (entry) {
          case ClassEntry type -> names(type.asInternalName()).forEach(to::add);
          case Utf8Entry text when text.stringValue().contains(";") -> {
            Matcher matcher = CLASS_IN_DESCRIPTOR.matcher(text.stringValue());
            while (matcher.find()) {
              to.add(packageOf(matcher.group(1)));
            }
          }
          default -> {}
        }
      }
      to.remove(from);
      to.remove(""); // text in a constant that looks like a descriptor
    }
    return uses;
  }

  private static List<String> names(String internalName) {
    if (!internalName.startsWith("[")) {
      return List.of(packageOf(internalName));
    }
    Matcher matcher = CLASS_IN_DESCRIPTOR.matcher(internalName);
    return matcher.find() ? List.of(packageOf(matcher.group(1))) : List.of();
  }

  private static String packageOf(String internalName) {
    int slash = internalName.lastIndexOf('/');
    return slash < 0 ? "" : internalName.substring(0, slash).replace('/', '.');
  }

  private static List<byte[]> all() {
    List<byte[]> classes = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      try {
        if (Files.isDirectory(path) && !path.endsWith("test-classes")) {
          classes.addAll(below(path));
        } else if (path.getFileName().toString().matches("muster-.*\\.jar")) {
          try (FileSystem jar = FileSystems.newFileSystem(path)) {
            classes.addAll(below(jar.getPath("/")));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(entry, e);
      }
    }
    return classes;
  }

  private static List<byte[]> below(Path root) throws IOException {
    Path muster = root.resolve("muster");
    if (!Files.exists(muster)) {
      return List.of();
    }
    List<byte[]> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(muster)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        classes.add(Files.readAllBytes(file));
      }
    }
    return classes;
  }
}
