package muster.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// Logging, set up in code: reading a configuration file costs a good part of a fast start. One
/// line an event; line ends and control characters in messages are escaped, because some of what is
/// logged was said by strangers.
final class LogSetup {
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %logger{0}"
          + " %replace(%msg){'[\\r\\n\\t\\x00-\\x1f\\x7f]','·'}%n%ex";

  private LogSetup() {}

  /// @param file where everything from INFO goes, the console then gets warnings only; absent =
  ///   everything goes to the console
  static void apply(Optional<Path> file, Config.Log config) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.valueOf(config.level()));
    // Start-up chatter, and one line for every broken connection.
    for (String name : new String[] {"com.linecorp.armeria", "io.netty", "org.flywaydb"}) {
      context.getLogger(name).setLevel(Level.WARN);
    }
    // Each warns for every connection that breaks the rules, with what it said: as often as a
    // stranger likes.
    for (String name :
        new String[] {
          "com.linecorp.armeria.internal.common.AbstractHttp2ConnectionHandler",
          "com.linecorp.armeria.server.WebSocketServiceChannelHandler"
        }) {
      context.getLogger(name).setLevel(Level.ERROR);
    }
    if (file.isPresent()) {
      FileAppender<ILoggingEvent> appender = new FileAppender<>();
      appender.setFile(file.get().toString());
      root.addAppender(started(appender, context, config));
    }
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setTarget("System.err");
    if (file.isPresent()) {
      ThresholdFilter threshold = new ThresholdFilter();
      threshold.setLevel("WARN");
      threshold.start();
      console.addFilter(threshold);
    }
    root.addAppender(started(console, context, config));
  }

  /// For a command that says itself what it does: the console gets errors only.
  static void quiet() {
    apply(Optional.empty(), Config.defaults().log());
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.ERROR);
  }

  private static OutputStreamAppender<ILoggingEvent> started(
      OutputStreamAppender<ILoggingEvent> appender, LoggerContext context, Config.Log config) {
    Encoder<ILoggingEvent> encoder = config.json() ? new JsonLines() : text();
    encoder.setContext(context);
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }

  private static PatternLayoutEncoder text() {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setPattern(PATTERN);
    return encoder;
  }
}
