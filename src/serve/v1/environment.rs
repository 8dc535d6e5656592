//! `environment`.

use super::answer::Refused;
use super::json::Json;
use crate::replay::{Application, Pair, Profile};

pub(super) fn one(app: &Application) -> Result<Vec<u8>, Refused> {
    let Some(environment) = &app.environment else {
        return Err(Refused::Unreadable("the log holds no environment".to_owned()));
    };
    Ok(Json::document(|json| {
        json.object(|json| {
            json.key("runtime").object(|json| {
                json.some_text("javaVersion", environment.java_version.as_deref());
                json.some_text("javaHome", environment.java_home.as_deref());
                json.some_text("scalaVersion", environment.scala_version.as_deref());
            });
            for (key, list) in [
                ("sparkProperties", &environment.spark),
                ("hadoopProperties", &environment.hadoop),
                ("systemProperties", &environment.system),
                ("metricsProperties", &environment.metrics),
                ("classpathEntries", &environment.classpath),
            ] {
                json.key(key).list(list, pair);
            }
            json.key("resourceProfiles").list(&app.profiles, profile);
        });
    }))
}

fn pair(json: &mut Json, (key, value): &Pair) {
    json.array(|json| {
        json.text(key);
        json.text(value);
    });
}

fn profile(json: &mut Json, (id, profile): (&i64, &Profile)) {
    json.object(|json| {
        json.key("id").int(*id);
        json.key("executorResources").object(|json| {
            for request in &profile.executor {
                json.key(&request.name).object(|json| {
                    json.key("resourceName").text(&request.name);
                    json.key("amount").int(request.amount);
                    json.key("discoveryScript").text(&request.discovery_script);
                    json.key("vendor").text(&request.vendor);
                });
            }
        });
        json.key("taskResources").object(|json| {
            for (name, amount) in &profile.task {
                json.key(name).object(|json| {
                    json.key("resourceName").text(name);
                    json.key("amount").double(*amount);
                });
            }
        });
    });
}
