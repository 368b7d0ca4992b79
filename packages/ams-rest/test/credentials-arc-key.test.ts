import { ARC_KEY_FOLDERS, checkArcKeyPath } from '../src/credentials/arc-key-file';

describe('the path of Azure Arc’s key file', () => {
  const { linux, windows } = ARC_KEY_FOLDERS;

  test.each([
    ['/var/opt/azcmagent/tokens/0f8fad5b.key', linux],
    ['C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens\\0f8fad5b.key', windows],
    ['c:\\programdata\\azureconnectedmachineagent\\tokens\\0F8FAD5B.KEY', windows],
  ])('%s is read', (path, folder) => {
    expect(checkArcKeyPath(path, folder)).toBe(path);
  });

  test.each([
    '/etc/shadow',
    '/var/opt/azcmagent/tokens/a.txt',
    '/var/opt/azcmagent/tokens/../../../../etc/a.key',
    '/var/opt/azcmagent/tokens/x/a.key',
    '/var/opt/azcmagent/tokens/.key',
    '/var/opt/azcmagent/tokens/.hidden.key',
    '/var/opt/azcmagent/tokens/..key',
    '/var/opt/azcmagent/tokens/',
    '/VAR/opt/azcmagent/tokens/a.key',
    '/var/opt/azcmagent/tokens/a.key\0',
    'var/opt/azcmagent/tokens/a.key',
  ])('%j is not', (path) => {
    expect(() => checkArcKeyPath(path, linux)).toThrow(TypeError);
  });

  test.each(['C:\\Windows\\a.key', 'C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens\\..\\a.key'])(
    'Windows: %j is not',
    (path) => {
      expect(() => checkArcKeyPath(path, windows)).toThrow(TypeError);
    },
  );
});
