use bytes::Bytes;
use lambda_runtime::{
    service_fn, streaming::Response, Context, Error, FunctionResponse, LambdaEvent, MetadataPrelude,
};
use serde_json::{json, Value};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

type Pieces = ReceiverStream<Result<Bytes, Error>>;

static INVOCATIONS: AtomicU32 = AtomicU32::new(0);

/// What a test asks for, in the query of an HTTP request or as the event itself.
struct Order {
    gate: Option<String>,
    failure: Option<String>,
}

impl Order {
    fn of(event: &Value) -> Self {
        let order = event.get("queryStringParameters").unwrap_or(event);
        let text = |name: &str| order.get(name).and_then(Value::as_str).map(String::from);
        Order {
            gate: text("gate"),
            failure: text("failure"),
        }
    }

    /// Waits until the test lets the function pass.
    async fn stop_at(&self, name: &str) -> Result<(), Error> {
        let Some(gate) = &self.gate else {
            return Ok(());
        };
        let host = gate.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).await?;
        let request = format!("GET /{name} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        if answer.starts_with("HTTP/1.1 200 ") {
            Ok(())
        } else {
            Err("the gate is closed".into())
        }
    }

    fn fails(&self, name: &str) -> bool {
        self.failure.as_deref() == Some(name)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run_concurrent(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Pieces>, Error> {
    let invocation = INVOCATIONS.fetch_add(1, Ordering::Relaxed) + 1;
    let order = Order::of(&event.payload);
    if order.fails("start") {
        return Err("no start".into());
    }
    if std::env::var("_HANDLER")?.ends_with(".facts") {
        return Ok(FunctionResponse::BufferedResponse(facts(
            &event.context,
            invocation,
        )));
    }
    Ok(FunctionResponse::StreamingResponse(pieces(
        order, invocation,
    )))
}

fn facts(context: &Context, invocation: u32) -> Value {
    json!({
        "functionName": context.env_config.function_name,
        "memoryMb": context.env_config.memory,
        "arn": context.invoked_function_arn,
        "requestId": context.request_id,
        "invocation": invocation,
    })
}

fn pieces(order: Order, invocation: u32) -> Response<Pieces> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for piece in ["one", "two", "three"] {
            if let Err(error) = order.stop_at(piece).await {
                return sender.send(Err(error)).await;
            }
            sender.send(Ok(Bytes::from(format!("{piece}\n")))).await?;
            if order.fails(piece) {
                return sender
                    .send(Err(format!("no more after {piece}").into()))
                    .await;
            }
        }
        Ok(())
    });
    let mut metadata_prelude = MetadataPrelude::default();
    metadata_prelude.status_code = 201.try_into().unwrap();
    for (name, value) in [
        ("content-type", "text/plain".to_string()),
        ("x-process", std::process::id().to_string()),
        ("x-invocation", invocation.to_string()),
    ] {
        metadata_prelude
            .headers
            .insert(name, value.parse().unwrap());
    }
    metadata_prelude.cookies.push("count=3".to_string());
    Response {
        metadata_prelude,
        stream: ReceiverStream::new(receiver),
    }
}
