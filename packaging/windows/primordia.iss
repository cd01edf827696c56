; UNTESTED: this recipe was written on Linux and has never been run.
; An installer for Windows of what packaging/bundle/build.py leaves in build\bundle\primordia.
;   1. On Windows: python -m venv .venv; .venv\Scripts\pip install -e .[bundle]
;   2. .venv\Scripts\python packaging\bundle\build.py --no-archive
;   3. Compile this file with Inno Setup 6: iscc packaging\windows\primordia.iss
#define Version "0.1.0"
#define Folder "..\..\build\bundle\primordia"

[Setup]
AppName=Primordia
AppVersion={#Version}
AppPublisher=The Primordia authors
DefaultDirName={autopf}\Primordia
DefaultGroupName=Primordia
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile={#Folder}\LICENSES\GPL-3.0.txt
OutputBaseFilename=primordia-{#Version}-windows-x64
Compression=lzma2
SolidCompression=yes
ChangesAssociations=yes
UninstallDisplayIcon={app}\primordia.exe

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Excludes: "desktop\*"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Primordia"; Filename: "{app}\primordia.exe"; Parameters: "gui"

[Registry]
Root: HKA; Subkey: "Software\Classes\.primordia"; ValueType: string; ValueData: "Primordia.Session"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Primordia.Session"; ValueType: string; ValueData: "Primordia session"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Primordia.Session\shell\open\command"; ValueType: string; ValueData: """{app}\primordia.exe"" gui ""%1"""
; Other programs write .safetensors, too: only an entry in "Open with".
Root: HKA; Subkey: "Software\Classes\.safetensors\OpenWithProgids"; ValueType: string; ValueName: "Primordia.Model"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\Primordia.Model"; ValueType: string; ValueData: "Primordia model or world"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Primordia.Model\shell\open\command"; ValueType: string; ValueData: """{app}\primordia.exe"" gui ""%1"""

[Run]
Filename: "{app}\primordia.exe"; Parameters: "gui"; Description: "Start Primordia"; Flags: nowait postinstall skipifsilent
