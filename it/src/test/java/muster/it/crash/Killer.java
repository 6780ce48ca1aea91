package muster.it.crash;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Loaded into a program before its own code ([KillPoint]): puts a call of [#pass] into one method,
/// and at the chosen pass ends the process with nothing flushed, closed or said.
public final class Killer {
  private static final int AS_BY_SIGKILL = 137;
  private static final AtomicInteger LEFT = new AtomicInteger();

  private Killer() {}

  public static void premain(String point, Instrumentation instrumentation) {
    String[] parts = point.split(",");
    LEFT.set(Integer.parseInt(parts[3]));
    String type = parts[0].replace('.', '/');
    CodeTransform call = Boolean.parseBoolean(parts[2]) ? new AtExit() : new AtEntry();
    instrumentation.addTransformer(new OneMethod(type, parts[1], call));
  }

  /// Called by the changed method.
  public static void pass() {
    if (LEFT.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(AS_BY_SIGKILL);
    }
  }

  private static void call(CodeBuilder code) {
    code.invokestatic(ClassDesc.of(Killer.class.getName()), "pass", ConstantDescs.MTD_void);
  }

  private static final class AtEntry implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      call(code);
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      code.with(element);
    }
  }

  private static final class AtExit implements CodeTransform {
    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      if (element instanceof ReturnInstruction) {
        call(code);
      }
      code.with(element);
    }
  }

  private record OneMethod(String type, String method, CodeTransform change)
      implements ClassFileTransformer {
    @Override
    public byte @Nullable [] transform(
        @Nullable ClassLoader loader,
        String name,
        @Nullable Class<?> redefined,
        ProtectionDomain domain,
        byte[] code) {
      if (!type.equals(name) || loader == null) {
        return null;
      }
      ClassFile file =
          ClassFile.of(
              ClassFile.ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(loader)));
      return file.transformClass(
          file.parse(code),
          ClassTransform.transformingMethodBodies(
              model -> model.methodName().equalsString(method), change));
    }
  }
}
