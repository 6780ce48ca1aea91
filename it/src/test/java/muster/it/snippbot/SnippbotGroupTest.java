package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Groups and their members (F057–F062).
class SnippbotGroupTest extends GroupStory {
  @Test
  @Tag("F058")
  @Tag("F057")
  void group_isCreatedOnceByName_andListed() {
    assertThat(group).startsWith("group_");
    assertThat(muster.admin().post(GROUPS, Map.of("name", name)).expect(409).text("error"))
        .isEqualTo("conflict");
    muster.admin().post(GROUPS, Map.of()).expect(422);
    muster.admin().post(GROUPS, Map.of("name", " ")).expect(422);
    TestReply list = muster.admin().get(GROUPS).expect(200);
    assertThat(list.at("total").asInt()).isEqualTo(list.at("groups").size());
    assertThat(list.body()).contains(group);
  }

  @Test
  @Tag("F059")
  @Tag("F061")
  void member_isAddedOnce_andShown() {
    FakeDevice device = member("one").connect();
    TestReply again = muster.admin().post(members(device), Map.of()).expect(200);
    assertThat(again.at("device_count").asInt()).isEqualTo(1);
    TestReply shown = muster.admin().get(GROUPS + "/" + group).expect(200);
    assertThat(shown.at("/members/0/id").asText()).isEqualTo(device.id());
    assertThat(shown.at("/members/0/online").asBoolean()).isTrue();
    muster.admin().post(GROUPS + "/" + group + "/members/dev_none", Map.of()).expect(404);
    muster.admin().get(GROUPS + "/group_none").expect(404);
  }

  @Test
  @Tag("F062")
  void member_isRemovedOnce() {
    FakeDevice device = member("one");
    muster.admin().delete(members(device)).expect(204);
    muster.admin().delete(members(device)).expect(404);
    FakeDevice deleted = member("two");
    muster.admin().delete("/api/devices/" + deleted.id()).expect(204);
    assertThat(muster.admin().get(GROUPS + "/" + group).at("device_count").asInt()).isZero();
  }

  @Test
  @Tag("F060")
  void deletedGroup_leavesItsDevices() {
    FakeDevice device = member("one");
    muster.admin().delete(GROUPS + "/" + group).expect(204);
    muster.admin().delete(GROUPS + "/" + group).expect(404);
    muster.admin().get("/api/devices/" + device.id()).expect(200);
  }

  @Test
  @Tag("F061")
  void member_isNotForFencedKeys_orOthersWorkWouldReachTheirDevice() {
    FakeDevice device = member("inside");
    muster.admin().delete(members(device)).expect(204);
    muster
        .admin()
        .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("fence")))
        .expect(200);
    TestClient fenced =
        muster.withKey(Map.of("name", "fenced", "role", "operator", "scope", "tag:fence"));
    fenced.post(members(device), Map.of()).expect(403);
  }

  @Test
  @Tag("F059")
  void members_areShownPageByPage() {
    for (int i = 0; i < 3; i++) {
      member("m" + i);
    }
    TestReply page = muster.admin().get(GROUPS + "/" + group + "?limit=2&offset=2").expect(200);
    assertThat(page.at("device_count").asInt()).isEqualTo(3);
    assertThat(page.at("members")).hasSize(1);
    muster.admin().get(GROUPS + "/" + group + "?limit=1001").expect(422);
  }
}
