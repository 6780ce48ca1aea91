package muster.it.snippbot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/// A server, and a group of its own for each test.
abstract class GroupStory {
  static final String GROUPS = "/api/device-groups";
  static final Map<String, Object> UPDATE =
      Map.of("tool", "bash", "args", Map.of("command", "apt-get update -qq"), "timeout", 300);

  static TestMuster muster;

  final List<FakeDevice> devices = new ArrayList<>();
  String group = "";
  String name = "";

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void create(TestInfo test) {
    name = test.getDisplayName();
    group = muster.admin().post(GROUPS, Map.of("name", name)).expect(201).text("id");
  }

  @AfterEach
  void close() {
    devices.forEach(FakeDevice::close);
  }

  FakeDevice member(String called) {
    FakeDevice device = muster.enroll(called);
    devices.add(device);
    muster.admin().post(members(device), Map.of()).expect(200);
    return device;
  }

  String members(FakeDevice device) {
    return GROUPS + "/" + group + "/members/" + device.id();
  }
}
