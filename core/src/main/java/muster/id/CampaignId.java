package muster.id;

/// Names one campaign: `gexec_…`.
public record CampaignId(String value) {
  public static CampaignId random() {
    return new CampaignId(RandomIds.next("gexec"));
  }

  @Override
  public String toString() {
    return value;
  }
}
