import {
  boolean,
  collection,
  complex,
  dateTime,
  guid,
  int16,
  int32,
  int64,
  string,
  time,
  type Properties,
} from './edm';

/** Types without a key, by name; they live inside entities. */
export const complexTypes: Readonly<Record<string, Properties>> = {
  JobNotificationSubscription: { TargetJobState: int32({ default: 0 }), NotificationEndPointId: string() },
  TaskNotificationSubscription: {
    IncludeTaskProgress: boolean({ default: false }),
    NotificationEndPointId: string(),
    TargetTaskState: int32({ default: 0 }),
  },
  ErrorDetail: { Code: string(), Message: string() },
  TaskHistoricalEvent: { Code: string(), Message: string(), TimeStamp: dateTime() },
  ContentKeyAuthorizationPolicyRestriction: {
    Name: string(),
    KeyRestrictionType: int32({ default: 0, values: [0, 1, 2] }),
    Requirements: string(),
  },
  IngestManifestStatistics: {
    PendingFilesCount: int32({ default: 0 }),
    FinishedFilesCount: int32({ default: 0 }),
    ErrorFilesCount: int32({ default: 0 }),
    ErrorFilesDetails: string(),
  },
  PresentationTimeRange: {
    StartTimestamp: int64(),
    EndTimestamp: int64(),
    PresentationWindowDuration: int64(),
    LiveBackoffDuration: int64(),
    Timescale: int64({ default: 10_000_000 }),
    ForceEndTimestamp: boolean({ default: false }),
  },
  FilterTrackSelect: { PropertyConditions: collection('FilterTrackPropertyCondition') },
  FilterTrackPropertyCondition: { Property: string(), Value: string(), Operator: string() },
  FirstQuality: { Bitrate: int32() },
  MonitoringSasUri: {
    AccountId: guid(),
    MetricDataDate: dateTime(),
    SasUriExpiryDate: dateTime(),
    SasUris: collection('Edm.String'),
  },
  ComponentMonitoringSettings: { Component: string(), Level: string() },
  IPRange: { Name: string(), Address: string(), SubnetPrefixLength: int32() },
  IPAccessControl: { Allow: collection('IPRange', { default: null }) },
  AkamaiSignatureHeaderAuthenticationKey: {
    Identifier: string(),
    Expiration: dateTime(),
    Base64Key: string(),
  },
  AkamaiAccessControl: {
    AkamaiSignatureHeaderAuthenticationKeyList: collection('AkamaiSignatureHeaderAuthenticationKey'),
  },
  StreamingEndpointAccessControl: {
    Akamai: complex('AkamaiAccessControl'),
    IP: complex('IPAccessControl'),
  },
  StreamingEndpointCacheControl: { MaxAge: int64() },
  CrossSiteAccessPolicies: { ClientAccessPolicy: string(), CrossDomainPolicy: string() },
  ChannelEndpoint: { Protocol: string(), Url: string() },
  ChannelAccessControl: { IP: complex('IPAccessControl') },
  ChannelInput: {
    KeyFrameInterval: time(),
    StreamingProtocol: string(),
    AccessControl: complex('ChannelAccessControl'),
    Endpoints: collection('ChannelEndpoint'),
  },
  ChannelPreview: {
    AccessControl: complex('ChannelAccessControl'),
    Endpoints: collection('ChannelEndpoint'),
  },
  HlsOutput: { FragmentsPerSegment: int16() },
  ChannelOutput: { Hls: complex('HlsOutput') },
  VideoStream: { Index: int32({ default: 0 }), Name: string(), Language: string() },
  AudioStream: { Index: int32({ default: 0 }), Name: string(), Language: string() },
  ChannelEncoding: {
    SystemPreset: string(),
    IgnoreCea708ClosedCaptions: boolean({ default: false }),
    AdMarkerSource: string(),
    // The documentation has the one stream, the .NET SDK a list of them.
    VideoStream: complex('VideoStream'),
    VideoStreams: collection('VideoStream'),
    AudioStreams: collection('AudioStream'),
  },
  ChannelSlate: {
    InsertSlateOnAdMarker: boolean({ default: false, alias: 'InsertOnAdMarker' }),
    DefaultSlateAssetId: string(),
  },
};
