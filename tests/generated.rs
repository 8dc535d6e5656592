//! Manual pages and completions equal what the command line itself says. `SHH_UPDATE=1` rewrites them.

use std::path::Path;

use clap_complete::Shell;

use super::harness::{compare, files_below, repository};

/// The command and all below it, each with the name of its page.
fn pages_of(command: &clap::Command, page: String) -> Vec<(String, &clap::Command)> {
    let below = command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .flat_map(|below| pages_of(below, format!("{page}-{}", below.get_name())));
    let mut pages: Vec<_> = below.collect();
    pages.insert(0, (format!("{page}.1"), command));
    pages
}

fn built() -> clap::Command {
    let mut root = shh::cli::command();
    root.build();
    root
}

fn manual_pages() -> Vec<(String, String)> {
    let root = built();
    let render = |(page, command): (String, &clap::Command)| {
        let mut text = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut text).unwrap();
        (page, String::from_utf8(text).unwrap())
    };
    pages_of(&root, "shh".to_owned())
        .into_iter()
        .map(render)
        .collect()
}

fn completions() -> Vec<(String, String)> {
    [
        (Shell::Bash, "shh.bash"),
        (Shell::Zsh, "_shh"),
        (Shell::Fish, "shh.fish"),
    ]
    .into_iter()
    .map(|(shell, file)| {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut shh::cli::command(), "shh", &mut text);
        (file.to_owned(), String::from_utf8(text).unwrap())
    })
    .collect()
}

/// Each generated file is there and equal, and no other file is.
fn check(directory: &Path, generated: &[(String, String)]) {
    for (file, text) in generated {
        compare(&directory.join(file), text);
    }
    let mut names: Vec<&String> = generated.iter().map(|(file, _)| file).collect();
    names.sort();
    let files = files_below(directory);
    assert_eq!(files.iter().collect::<Vec<_>>(), names, "{}", directory.display());
}

#[test]
fn manual_pages_equal_the_command_tree() {
    check(&repository().join("man"), &manual_pages());
}

#[test]
fn completions_equal_the_command_tree() {
    check(&repository().join("completions"), &completions());
}

#[test]
fn manual_pages_name_every_command_and_flag() {
    let pages = manual_pages();
    for (name, command) in pages_of(&built(), "shh".to_owned()) {
        let (_, page) = pages
            .iter()
            .find(|(file, _)| *file == name)
            .unwrap_or_else(|| panic!("no {name}"));
        for flag in command
            .get_arguments()
            .filter(|arg| !arg.is_hide_set())
            .filter_map(|arg| arg.get_long())
        {
            let escaped = flag.replace('-', "\\-");
            assert!(
                page.contains(&format!("\\-\\-{escaped}")),
                "{name} lacks --{flag}"
            );
        }
    }
}
