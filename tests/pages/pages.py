"""Chromium looks at every page: figures are those of the API and of the command line, addresses say it all,
nothing is complained of, and axe finds nothing serious. Pictures are left in --pictures."""

import argparse
import json
import os
import tempfile
import time
from datetime import datetime

from selenium.webdriver.common.by import By

from common import Browser, Checks, Server, ingest

AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then(
    (found) => done(found.violations.map((one) => ({
        id: one.id, impact: one.impact, nodes: one.nodes.slice(0, 5).map((node) => node.html.slice(0, 200)),
    }))),
    (error) => done([{id: String(error), impact: "critical", nodes: []}]));
"""


def pages(server):
    """The address of each page, and what its picture is called."""
    apps = server.get("/api/v1/reports/apps?last=all&sort=tasks:desc")["rows"]
    jobs = server.get("/api/v1/reports/jobs?last=all")["rows"]
    found = [
        ("/", "overview"), ("/optimize", "optimize"), ("/trends", "trends"), ("/trends?trend=waste", "trends-waste"),
        ("/trends?trend=heatmap", "trends-heatmap"), ("/applications?includeLocal=true", "applications"),
        ("/jobs", "jobs"), ("/failures", "failures"), ("/quality", "quality"),
    ]
    if apps:
        found.append((f"/applications/{apps[0]['app_id']}", "application"))
    if jobs:
        found.append((f"/jobs/{jobs[0]['job']}".replace("*", "%2A"), "job"))
    return found


def text(browser, css):
    return [element.text for element in browser.driver.find_elements(By.CSS_SELECTOR, css)]


def look(server, browser, checks, axe, pictures, name):
    for path, page in pages(server):
        for width, dark in ((1440, False), (1440, True), (390, False), (390, True)):
            browser.shape(width, dark=dark)
            browser.driver.get(server.url + path)
            where = f"{name} {page} {width}{' dark' if dark else ''}"
            checks.that(text(browser, "h1"), f"{where}: there is a heading")
            checks.that("old" in "".join(text(browser, "#age")) or name == "empty", f"{where}: there is an age")
            wide = browser.driver.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            checks.that(wide <= 0, f"{where}: it is {wide} px wider than the window")
            if pictures:
                browser.picture(os.path.join(pictures, f"{name}-{page}-{width}{'-dark' if dark else ''}.png"))
            if axe:
                browser.driver.execute_script(axe)
                for fault in browser.driver.execute_async_script(AXE):
                    bad = fault["impact"] in ("serious", "critical")
                    checks.that(not bad, f"{where}: axe: {json.dumps(fault)}")
            said = browser.complaints()
            checks.that(not said, f"{where}: {said}")


def tables(browser):
    """Each table of the page as rows of texts, by the heading of its section."""
    return browser.driver.execute_script("""
        const found = {};
        document.querySelectorAll("main section").forEach((section) => {
            const heading = section.querySelector("h2");
            const table = section.querySelector("table:not(.heat)");
            if (heading && table) found[heading.textContent] = {
                headings: [...table.querySelectorAll("thead th")].map((one) => one.textContent.trim()),
                rows: [...table.querySelectorAll("tbody tr")].map((row) =>
                    [...row.children].map((cell) => cell.textContent.trim())),
            };
        });
        return found;
    """)


def sources(browser):
    """The API's address and the command below each section, by its heading."""
    return browser.driver.execute_script("""
        const found = {};
        document.querySelectorAll("main section").forEach((section) => {
            const heading = section.querySelector("h2");
            const source = section.querySelector(".source");
            if (heading && source) found[heading.textContent] = [
                source.querySelector("a").getAttribute("href"), source.querySelector("code").textContent];
        });
        return found;
    """)


def moments(browser):
    """The first and the last moment of each picture over time, ms, by the heading of its section."""
    return browser.driver.execute_script("""
        const found = {};
        document.querySelectorAll("main section").forEach((section) => {
            const heading = section.querySelector("h2");
            section.querySelectorAll("figure[data-chart]").forEach((figure) => {
                const minutes = JSON.parse(figure.dataset.chart).minutes;
                if (heading) (found[heading.textContent] ||= []).push([minutes[0] * 6e4, minutes[minutes.length - 1] * 6e4]);
            });
        });
        return found;
    """)


def same_figures(server, browser, checks):
    """What a page links to gives what it shows; the API's rows are the command line's."""
    import shlex

    browser.shape(1440)
    for path, page in pages(server):
        browser.driver.get(server.url + path)
        shown, pictures = tables(browser), moments(browser)
        for heading, (api, command) in sources(browser).items():
            rows = server.get(api)["rows"]
            words = shlex.split(command)
            checks.that(words[0] == "shh", f"{page} {heading}: {command}")
            of_shell = json.loads(server.run(*words[1:], "--format", "json"))
            if "reports" in of_shell:
                wanted = api.split("?")[0].rsplit("/", 1)[1]
                (of_shell,) = [one["report"] for one in of_shell["reports"] if one["name"] == wanted]
            checks.that(rows == of_shell["rows"][: len(rows)], f"{page} {heading}: API and `{command}` differ")
            if rows and "bucket" in rows[0]:
                ends = [datetime.fromisoformat(row["bucket"].replace("Z", "+00:00")).timestamp() * 1e3
                        for row in (rows[0], rows[-1])]
                for drawn in pictures.get(heading, []):
                    checks.that(drawn == ends, f"{page} {heading}: the picture is of {drawn}, the API of {ends}")
            table = shown.get(heading)
            if table and heading not in ("What ran", "Log by log"):
                checks.that(len(table["rows"]) == len(rows), f"{page} {heading}: {len(table['rows'])} rows, {len(rows)} of {api}")
                for cells, row in zip(table["rows"], rows):
                    names = [value for value in (row.get("app_name"), row.get("app_id"), row.get("job"), row.get("owner"), row.get("key")) if value]
                    wanted = names[0] if names else None
                    if wanted and cells[0] in names:
                        checks.that(True, heading)
                    elif wanted and table["headings"][0] in ("Application", "Job", "User", "Property"):
                        checks.that(False, f"{page} {heading}: {cells[0]!r} is not {wanted!r}")
        said = browser.complaints()
        checks.that(not said, f"{page}: {said}")
    # The tiles of the overview, figure by figure.
    browser.driver.get(server.url + "/")
    summary = server.get("/api/v1/reports/summary")["rows"][0]
    tiles = dict(zip(text(browser, ".tiles dt"), text(browser, ".tiles dd:not(.note)")))
    checks.that(tiles["Applications"] == f"{summary['applications']:,}", f"applications: {tiles}")
    checks.that(tiles["Failed tasks"] == f"{summary['failed_tasks']:,}", f"failed tasks: {tiles}")
    checks.that(tiles["Busy"] == f"{summary['busy_pct']:.1f} %", f"busy: {tiles} {summary['busy_pct']}")


def follow(driver, act):
    """Does what leads to another page, and waits for that."""
    from selenium.webdriver.support import expected_conditions
    from selenium.webdriver.support.ui import WebDriverWait

    here = driver.find_element(By.TAG_NAME, "html")
    act()
    WebDriverWait(driver, 60).until(expected_conditions.staleness_of(here))
    WebDriverWait(driver, 60).until(lambda one: one.execute_script("return document.readyState") == "complete")


def moving_about(server, browser, checks):
    """Filters, order, pages, deep links, back."""
    driver = browser.driver
    everything = "/applications?includeLocal=true&includeIncomplete=true"
    driver.get(server.url + everything)
    all_rows = tables(browser)["What ran"]["rows"]
    users = {row[1] for row in all_rows}
    user = sorted(users)[0]
    field = driver.find_element(By.CSS_SELECTOR, "form.filters input[name=user]")
    field.send_keys(f"^{user}$")
    follow(driver, field.submit)
    rows = tables(browser)["What ran"]["rows"]
    checks.that(rows and all(row[1] == user for row in rows), f"the filter user={user}: {rows[:2]}")
    checks.that("user=" in driver.current_url, driver.current_url)
    follow(driver, driver.find_element(By.LINK_TEXT, "Duration").click)
    checks.that("sort=dur_s" in driver.current_url and "user=" in driver.current_url, driver.current_url)
    longest = server.get(f"/api/v1/reports/apps?last=all&includeLocal=true&includeIncomplete=true&user=%5E{user}%24&sort=dur_s:desc")
    shown = tables(browser)["What ran"]["rows"]
    checks.that(shown[0][0] == longest["rows"][0]["app_name"], f"sorted: {shown[0]} {longest['rows'][0]['app_name']}")
    deep = driver.current_url
    follow(driver, driver.back)
    checks.that(tables(browser)["What ran"]["rows"] == rows, "back shows what was there")
    driver.get(deep)
    checks.that(tables(browser)["What ran"]["rows"] == shown, "the address alone shows the same")
    search = driver.find_element(By.CSS_SELECTOR, "input[name=search]")
    search.send_keys(longest["rows"][0]["app_id"])
    follow(driver, search.submit)
    found = tables(browser)["What ran"]["rows"]
    checks.that(len(found) >= 1 and all(row[0] == found[0][0] for row in found), f"search by id: {found}")
    follow(driver, driver.find_element(By.CSS_SELECTOR, "td.name a").click)
    checks.that(longest["rows"][0]["app_id"] in driver.current_url, driver.current_url)
    checks.that(text(browser, "h1") == [longest["rows"][0]["app_name"]], "the application's page")
    driver.get(server.url + "/trends?trend=usage")
    driver.find_element(By.CSS_SELECTOR, "select[name=bucket] option[value=hour]").click()
    follow(driver, driver.find_element(By.CSS_SELECTOR, "form.filters button").click)
    checks.that("bucket=hour" in driver.current_url and "trend=usage" in driver.current_url, driver.current_url)
    for path, status in (("/applications/none", "404"), ("/applications?sort=moon", "400"), ("/jobs?user=(", "400"), ("/nowhere", "404")):
        driver.get(server.url + path)
        checks.that(len(driver.page_source) > 100, f"{path}: {status}")
    browser.complaints()
    driver.get(server.url + "/trends?trend=usage&bucket=hour")
    plot = driver.find_element(By.CSS_SELECTOR, "figure.chart .plot.wide")
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(driver).move_to_element(plot).perform()
    checks.that(text(browser, ".tip b"), "values under the pointer")
    said = browser.complaints()
    checks.that(not said, f"moving about: {said}")


def paging(server, browser, checks):
    driver = browser.driver
    total = server.get("/api/v1/reports/summary?last=all&includeLocal=true&includeIncomplete=true")["rows"][0]["applications"]
    driver.get(server.url + "/applications?includeLocal=true&includeIncomplete=true")
    seen = []
    while True:
        seen.extend(row[0] + row[3] for row in tables(browser)["What ran"]["rows"])
        following = driver.find_elements(By.CSS_SELECTOR, "a[rel=next]")
        if not following:
            break
        follow(driver, following[0].click)
    checks.that(len(seen) == total, f"paged through {len(seen)} of {total}")


def live(shh, logs, folder, browser, checks):
    """New data: an open page says so and shows it, where it was."""
    import shutil

    database = os.path.join(folder, "live.duckdb")
    some = os.path.join(folder, "live-logs")
    os.makedirs(some)
    names = sorted(name for name in os.listdir(logs) if name.startswith("app-") and name.endswith(".zstd"))
    shutil.copy(os.path.join(logs, names[0]), some)
    ingest(shh, some, database)
    with Server(shh, database, "--no-ingest") as server:
        browser.shape(1440, 500)
        browser.driver.get(server.url + "/quality")
        before = text(browser, ".tiles dd:not(.note)")[0]
        # What is looked at stays where it is, whatever appears above it.
        where = "return Math.round(document.querySelector('.tiles').getBoundingClientRect().top)"
        browser.driver.execute_script("window.scrollTo(0, 120)")
        place = browser.driver.execute_script(where)
        shutil.copy(os.path.join(logs, names[1]), some)
        ingest(shh, some, database)
        until = time.time() + 40
        while time.time() < until and not text(browser, "#news:not([hidden])"):
            time.sleep(0.5)
        checks.that(text(browser, "#news:not([hidden])"), "an open page says that there is new data")
        after = text(browser, ".tiles dd:not(.note)")[0]
        checks.that(before == "1" and after == "2", f"figures: {before}, then {after}")
        moved = browser.driver.execute_script(where) - place
        checks.that(abs(moved) <= 1, f"what is looked at moved by {moved} px")
        said = browser.complaints()
        checks.that(not said, f"live: {said}")


def without_scripts(server, checks):
    """Pages are whole without a script."""
    import urllib.request

    for path, page in pages(server):
        with urllib.request.urlopen(server.url + path.replace(" ", "%20"), timeout=60) as answer:
            body = answer.read().decode()
        checks.that("<table" in body or "empty" in body, f"{page} has its figures in it")
        checks.that("style=" not in body and "onclick" not in body, f"{page} has no inline style or handler")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shh", required=True)
    parser.add_argument("--axe", help="axe.min.js")
    parser.add_argument("--pictures")
    parser.add_argument("--database", action="append", default=[], help="NAME=FILE: look at this one, too")
    parser.add_argument("logs")
    arguments = parser.parse_args()
    axe = open(arguments.axe, encoding="utf-8").read() if arguments.axe else None
    if arguments.pictures:
        os.makedirs(arguments.pictures, exist_ok=True)
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="shh-pages-") as folder, Browser() as browser:
        database = os.path.join(folder, "fleet.duckdb")
        ingest(arguments.shh, arguments.logs, database)
        with Server(arguments.shh, database, "--no-ingest") as server:
            look(server, browser, checks, axe, arguments.pictures, "testdata")
            browser.shape(1440)
            same_figures(server, browser, checks)
            moving_about(server, browser, checks)
            paging(server, browser, checks)
            without_scripts(server, checks)
        with Server(arguments.shh, os.path.join(folder, "none.duckdb"), "--no-ingest") as server:
            look(server, browser, checks, axe, arguments.pictures, "empty")
        for named in arguments.database:
            name, file = named.split("=", 1)
            with Server(arguments.shh, file, "--no-ingest") as server:
                look(server, browser, checks, axe, arguments.pictures, name)
                same_figures(server, browser, checks)
        live(arguments.shh, arguments.logs, folder, browser, checks)
    checks.end()


if __name__ == "__main__":
    main()
