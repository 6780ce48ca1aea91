package muster.it.presence;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// The event log of a server's data directory.
final class Events {
  private Events() {}

  /// The types of a device's events but for its enrolment, in order.
  static List<String> of(Path data, String device) {
    String url = "jdbc:sqlite:" + data.resolve("server/muster.db");
    try (Connection connection = DriverManager.getConnection(url);
        PreparedStatement select =
            connection.prepareStatement(
                "select type from event where device_uid = ? and type <> 'device.registered'"
                    + " and type not like 'command.%' order by seq")) {
      select.setString(1, device);
      List<String> types = new ArrayList<>();
      var rows = select.executeQuery();
      while (rows.next()) {
        types.add(rows.getString(1));
      }
      return types;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
