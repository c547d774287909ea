// The frame of every page.
import type { JSX } from "preact";
import { BoardPage } from "../board/board-page.tsx";
import type { Dashboard } from "../dashboard.ts";
import { HostPage } from "../host/host-page.tsx";
import { JobsPage } from "../jobs/jobs-page.tsx";
import { Bar } from "./bar.tsx";
import { ConnectionPanel } from "./connection-panel.tsx";
import { KeysDialog } from "./keys-dialog.tsx";
import { StatusLine } from "./status-line.tsx";
import { TabPanel } from "./tabs.tsx";

export function App({ d }: { d: Dashboard }): JSX.Element {
  return (
    <>
      <Bar d={d} />
      <ConnectionPanel d={d} />
      <main>
        <TabPanel view={d.view} name="host">
          {() => <HostPage d={d} />}
        </TabPanel>
        <TabPanel view={d.view} name="board">
          {() => <BoardPage d={d} />}
        </TabPanel>
        <TabPanel view={d.view} name="jobs">
          {() => <JobsPage d={d} />}
        </TabPanel>
      </main>
      <StatusLine d={d} />
      <KeysDialog view={d.view} />
    </>
  );
}
