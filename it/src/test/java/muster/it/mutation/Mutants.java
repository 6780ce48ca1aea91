package muster.it.mutation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Every single check on rights in the compiled classes, each time with that one check disarmed. A
/// mutant changes the body of one method, so that a running program can take it.
final class Mutants {
  private static final ClassDesc OPTIONAL = ClassDesc.of("java.util.Optional");

  /// What takes the place of a check.
  private enum Disarmed {
    /// Nothing happens, nothing is thrown.
    NOTHING,
    TRUE,
    FALSE,
    /// No scope.
    EMPTY,
    /// What was given comes back as it is.
    LAST_ARGUMENT,
    /// The optional stays as it was before the filter.
    UNFILTERED
  }

  /// `owner.method` of the checks, wherever they are called in the classes looked at.
  private static final Map<String, Disarmed> CHECKS =
      Map.ofEntries(
          Map.entry("muster/auth/Access.require", Disarmed.NOTHING),
          Map.entry("muster/auth/Access.requireUnscoped", Disarmed.NOTHING),
          Map.entry("muster/auth/Access.requireMayGrant", Disarmed.NOTHING),
          Map.entry("muster/auth/Access.allows", Disarmed.TRUE),
          Map.entry("muster/auth/Access.sees", Disarmed.TRUE),
          Map.entry("muster/auth/Role.has", Disarmed.TRUE),
          Map.entry("muster/auth/Role.mayGrant", Disarmed.TRUE),
          Map.entry("muster/auth/Role.isForPeople", Disarmed.TRUE),
          Map.entry("muster/auth/Token.matches", Disarmed.TRUE),
          Map.entry("muster/auth/Caller.scope", Disarmed.EMPTY),
          Map.entry("muster/account/Credential.isExpired", Disarmed.FALSE),
          Map.entry("muster/account/DeviceCertificates.fits", Disarmed.TRUE),
          Map.entry("muster/account/DeviceCertificates.matches", Disarmed.TRUE),
          Map.entry("muster/account/User.disabled", Disarmed.FALSE),
          Map.entry("muster/account/Credentials.rightsChanged", Disarmed.NOTHING),
          Map.entry("muster/account/Credentials.revokeAllOf", Disarmed.NOTHING),
          Map.entry("muster/account/Credentials.requireOwnerLeft", Disarmed.NOTHING),
          Map.entry("muster/account/Credentials.requireStillGood", Disarmed.NOTHING),
          Map.entry("muster/account/Credentials.renewed", Disarmed.LAST_ARGUMENT),
          Map.entry("muster/http/Pipeline.requireSafeTransport", Disarmed.NOTHING),
          Map.entry("muster/http/Pipeline.requirePerson", Disarmed.NOTHING),
          Map.entry("muster/enrollment/Intake.requireNotOnline", Disarmed.NOTHING),
          Map.entry("muster/tool/Tools.requireMayUse", Disarmed.NOTHING),
          Map.entry("muster/command/Commands.requireAble", Disarmed.NOTHING));

  /// Classes where a filter on an optional is a check.
  private static final List<String> FILTERING =
      List.of(
          "muster/account/Credentials",
          "muster/account/Users",
          "muster/account/Keys",
          "muster/device/Devices",
          "muster/command/Commands");

  /// Enums that are compared with to decide on rights.
  private static final List<String> DECIDING =
      List.of(
          "muster/auth/Caller$Kind",
          "muster/auth/Token$Kind",
          "muster/auth/Role",
          "muster/device/Approval");

  /// @param name for people: class, method, line, what was disarmed
  record Mutant(String name, String className, byte[] bytes) {}

  private Mutants() {}

  static List<Mutant> of(String className) {
    byte[] original = bytes(className);
    ClassModel model = ClassFile.of().parse(original);
    List<Mutant> mutants = new ArrayList<>();
    for (MethodModel method : model.methods()) {
      if (method.code().isEmpty()) {
        continue;
      }
      for (int nth = 0; ; nth++) {
        Disarming disarming = new Disarming(model.thisClass().asInternalName(), nth);
        byte[] bytes =
            ClassFile.of()
                .transformClass(
                    model, ClassTransform.transformingMethodBodies(method::equals, disarming));
        if (disarming.done.isEmpty()) {
          break;
        }
        mutants.add(
            new Mutant(
                "%s.%s:%d %s"
                    .formatted(
                        className,
                        method.methodName().stringValue(),
                        disarming.line,
                        disarming.done.get()),
                className,
                bytes));
      }
    }
    return mutants;
  }

  static byte[] bytes(String className) {
    String file = "/" + className.replace('.', '/') + ".class";
    try (InputStream in = Objects.requireNonNull(Mutants.class.getResourceAsStream(file), file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Disarms the `nth` check of a method's body.
  private static final class Disarming implements CodeTransform {
    private final String inClass;
    private int left;
    private int at;
    private int line;
    private boolean comparing;
    private Optional<String> done = Optional.empty();

    Disarming(String inClass, int nth) {
      this.inClass = inClass;
      this.left = nth;
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      switch (element) {
        case LineNumber number -> {
          at = number.line();
          builder.with(element);
        }
        case InvokeInstruction call when instead(call).isPresent() && isIt(call(call)) ->
            replace(builder, call, instead(call).get());
        case BranchInstruction branch
            when comparing && isComparison(branch.opcode()) && isIt("a comparison") -> {
          // As if it were never true; the other way round is another method's test.
          builder.pop().pop();
        }
        default -> builder.with(element);
      }
      if (!(element instanceof LineNumber)) {
        comparing =
            element instanceof FieldInstruction field
                && field.opcode() == Opcode.GETSTATIC
                && DECIDING.contains(field.owner().asInternalName());
      }
    }

    private static boolean isComparison(Opcode opcode) {
      return opcode == Opcode.IF_ACMPEQ || opcode == Opcode.IF_ACMPNE;
    }

    private boolean isIt(String what) {
      if (done.isPresent() || left-- != 0) {
        return false;
      }
      done = Optional.of(what);
      line = at;
      return true;
    }

    private static String call(InvokeInstruction call) {
      String owner = call.owner().asInternalName();
      return owner.substring(owner.lastIndexOf('/') + 1) + "." + call.name().stringValue();
    }

    private Optional<Disarmed> instead(InvokeInstruction call) {
      String name = call.owner().asInternalName() + "." + call.name().stringValue();
      if (name.equals("java/util/Optional.filter") && FILTERING.contains(inClass)) {
        return Optional.of(Disarmed.UNFILTERED);
      }
      return Optional.ofNullable(CHECKS.get(name));
    }

    private static void replace(CodeBuilder builder, InvokeInstruction call, Disarmed by) {
      int arguments = call.typeSymbol().parameterCount();
      if (by == Disarmed.UNFILTERED) {
        builder.pop();
        return;
      }
      if (by == Disarmed.LAST_ARGUMENT) {
        builder.swap().pop();
        return;
      }
      boolean isStatic = call.opcode() == Opcode.INVOKESTATIC;
      for (int i = 0; i < arguments + (isStatic ? 0 : 1); i++) {
        builder.pop();
      }
      switch (by) {
        case TRUE -> builder.iconst_1();
        case FALSE -> builder.iconst_0();
        case EMPTY -> builder.invokestatic(OPTIONAL, "empty", MethodTypeDesc.of(OPTIONAL));
        default -> {}
      }
    }
  }
}
