package muster.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/// How `--help` reads: the synopsis short, a command's own options in full, those that every
/// command takes by name only, the commands of `muster` itself in groups.
final class HelpText {
  private final Map<String, List<String>> groups;

  /// @param groups the names of the commands under each heading, in order
  HelpText(Map<String, List<String>> groups) {
    this.groups = groups;
  }

  /// To be called when all subcommands are there.
  void apply(CommandLine line) {
    Map<String, IHelpSectionRenderer> sections = line.getHelpSectionMap();
    sections.put(UsageMessageSpec.SECTION_KEY_SYNOPSIS, help -> synopsis(help.commandSpec()));
    sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpText::options);
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, this::commands);
    line.setHelpSectionMap(sections);
  }

  private static String synopsis(CommandSpec command) {
    String[] custom = command.usageMessage().customSynopsis();
    if (custom.length > 0) {
      return String.join("\n", custom) + "\n" + gap(command);
    }
    List<String> words = new ArrayList<>(List.of(command.qualifiedName()));
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      String label = parameter.paramLabel();
      words.add(parameter.arity().min() == 0 ? "[" + label + "]" : label);
    }
    if (!command.subcommands().isEmpty()) {
      words.add(command.usageMessage().synopsisSubcommandLabel());
    } else if (command.options().stream().anyMatch(HelpText::own)) {
      words.add("[<options>]");
    }
    return String.join(" ", words) + "\n" + gap(command);
  }

  /// Descriptions bring their own empty line.
  private static String gap(CommandSpec command) {
    return command.usageMessage().description().length == 0 ? "\n" : "";
  }

  private static boolean own(ArgSpec option) {
    return !option.inherited();
  }

  private static String options(Help help) {
    CommandSpec command = help.commandSpec();
    if (command.parent() == null) {
      return help.optionListExcludingGroups(command.options());
    }
    List<OptionSpec> own = command.options().stream().filter(HelpText::own).toList();
    boolean any = !own.isEmpty() || !command.positionalParameters().isEmpty();
    return (own.isEmpty() ? "" : help.optionListExcludingGroups(own))
        + (any ? "\n" : "")
        + "Also --json, --server, --token and --ca-pin; see muster --help.\n";
  }

  private String commands(Help help) {
    Map<String, CommandLine> known = help.commandSpec().subcommands();
    StringBuilder list = new StringBuilder();
    if (help.commandSpec().parent() != null) {
      entries(list, "Commands", List.copyOf(known.values()));
    } else {
      groups.forEach((heading, names) ->
          entries(list, heading, names.stream().map(known::get).filter(Objects::nonNull).toList()));
    }
    return list.toString();
  }

  private static void entries(StringBuilder list, String heading, List<CommandLine> commands) {
    if (commands.isEmpty()) {
      return;
    }
    list.append('\n').append(heading).append(":\n");
    for (CommandLine command : commands.stream().distinct().toList()) {
      CommandSpec spec = command.getCommandSpec();
      String names = String.join(", ", spec.names());
      list.append(String.format("  %-13s %s%n", names, spec.usageMessage().header()[0]));
    }
  }
}
