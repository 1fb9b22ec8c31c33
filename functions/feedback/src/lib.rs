//! Takes the providers' word on messages: bounces, complaints, deliveries.
